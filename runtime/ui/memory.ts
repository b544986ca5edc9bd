/**
 * The server lives for days and is idle most of the time. Loading a large file, converting its data and answering leave more behind than is in
 * use, and the engine of JavaScript returns nothing to the system of itself as long as nothing more is asked of it.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds between two looks. */
const every = 3000
/** A pause of some 50 ms is worth so many bytes while nothing is asked, and so many at most so often while readers ask again and again. */
const worth = { quiet: 16 * 1024 * 1024, busy: 48 * 1024 * 1024, between: 30_000 }
/** Of one processor: below it nothing is asked. */
const quiet = 0.02

type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void

/** @returns ends it */
export function giveMemoryBack(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  let [after, last] = [0, performance.now()]
  let used = process.cpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(used)
    used = process.cpuUsage()
    const grown = process.memoryUsage.rss() - after
    const isQuiet = (user + system) / 1000 < quiet * every
    if (isQuiet ? grown < worth.quiet : grown < worth.busy || performance.now() - last < worth.between) return
    collect({ type: 'major', flavor: 'last-resort' })
    ;[after, last] = [process.memoryUsage.rss(), performance.now()]
    used = process.cpuUsage()
  }, every)
  timer.unref()
  return () => clearInterval(timer)
}
