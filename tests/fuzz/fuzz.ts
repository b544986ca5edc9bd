/** Gives a fuzzer's inputs to a process of its own, so that one that ends it, or never returns, is only one finding. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ending } from './fuzz-process.ts'
import type { Fuzzer } from './fuzzer.ts'

export interface Findings {
  readonly taken: number
  readonly refused: number
  /** With the seed that makes the input again as the first one. */
  readonly crashes: readonly { readonly seed: number; readonly what: string }[]
}

const entry = fileURLToPath(new URL('./fuzz-process.ts', import.meta.url))
/** Seconds after which an input is taken to hang. */
const patience = 60

export async function fuzz(
  { name }: Pick<Fuzzer, 'name'>,
  { inputs, seed, onEnding = () => {} }: { readonly inputs: number; readonly seed: number; readonly onEnding?: (ending: Ending) => void },
): Promise<Findings> {
  const counts = { taken: 0, refused: 0, crashed: 0 }
  const crashes: { seed: number; what: string }[] = []
  const note = (ending: Ending) => {
    counts[ending.how]++
    if (ending.how === 'crashed') crashes.push({ seed: seed + ending.at, what: ending.what })
    onEnding(ending)
  }
  for (let next = 0; next < inputs; ) {
    const end = await attempt(name, seed, next, inputs, (ending) => {
      next = ending.at + 1
      note(ending)
    })
    if (next < inputs) note({ at: next++, how: 'crashed', what: end })
  }
  return { taken: counts.taken, refused: counts.refused, crashes }
}

/** Runs inputs until they are done, or the process ends or hangs; how it ended. */
function attempt(name: string, seed: number, from: number, to: number, onEnding: (ending: Ending) => void): Promise<string> {
  return new Promise((resolve) => {
    const child = fork(entry, [name, seed, from, to].map(String), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
    let silent = false
    const hangs = () => {
      silent = true
      child.kill('SIGKILL')
    }
    let timer = setTimeout(hangs, patience * 1000)
    let said = ''
    child.stderr!.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-2000)
    })
    child.on('message', (ending: Ending) => {
      clearTimeout(timer)
      timer = setTimeout(hangs, patience * 1000)
      onEnding(ending)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(silent ? `nothing came of it in ${patience} s` : `the process ended with ${signal ?? code}: ${said}`)
    })
  })
}
