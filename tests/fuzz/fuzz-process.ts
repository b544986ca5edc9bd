/** Tries inputs one after the other and tells its parent of each: NAME SEED FROM TO. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { fuzzers } from './fuzzers.ts'

/** How an input ended. */
export interface Ending {
  readonly at: number
  readonly how: 'taken' | 'refused' | 'crashed'
  readonly what: string
}

const [name, seed, from, to] = process.argv.slice(2)
const fuzzer = fuzzers.find((fuzzer) => fuzzer.name === name)!
for (let at = Number(from); at < Number(to); at++) process.send!(await ending(at))
process.disconnect()

async function ending(at: number): Promise<Ending> {
  const [input] = fc.sample(fuzzer.input, { seed: Number(seed) + at, numRuns: 1 })
  const folder = mkdtempSync(join(tmpdir(), 'espalier-fuzz-'))
  try {
    const sentence = await fuzzer.run(input, folder)
    return { at, how: sentence === undefined ? 'taken' : 'refused', what: sentence ?? '' }
  } catch (cause) {
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    return { at, how: 'crashed', what: `${what}\n${fc.stringify(input).slice(0, 4000)}` }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
