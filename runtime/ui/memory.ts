/**
 * Returns memory to the system. The server runs for days and is mostly idle; loading a large file, converting data and responding leave
 * garbage behind, and V8 does not return memory while the process is idle.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds between checks. */
const every = 3000
/** Growth in bytes that justifies a GC pause of about 50 ms: when idle; when busy, at most once per `between` milliseconds. */
const worth = { quiet: 16 * 1024 * 1024, busy: 48 * 1024 * 1024, between: 30_000 }
/** Fraction of one CPU below which the server counts as idle. */
const quiet = 0.02

type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void

/** @returns a function that stops the checks */
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
