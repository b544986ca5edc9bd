/**
 * Memory growth in long work: 5,000 calls of eight steps, 1,000 cycles of compiling and disposing, 10,000 failures, each in its own process.
 * Exit code 1 beyond a limit.
 *
 *   npm run soak [-- --short] [--runs steps,cycles,failures] [--engine portable]
 */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { growthOf, type Limits, type Sample, withinLimits } from './growth.ts'

interface Soak extends Limits {
  readonly what: string
  readonly count: number
  /** For the tests. */
  readonly shortCount: number
}

const soaks: { readonly [run: string]: Soak } = {
  steps: { what: 'calls of eight steps', count: 5000, shortCount: 1000, warmUp: 0.4, growth: 16 },
  cycles: { what: 'compile and dispose', count: 1000, shortCount: 160, warmUp: 0.5, growth: 16 },
  failures: { what: 'failing operations', count: 10_000, shortCount: 1000, warmUp: 0.4, growth: 16 },
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      runs: { type: 'string', default: Object.keys(soaks).join(',') },
      engine: { type: 'string', default: 'tensorflow' },
      threads: { type: 'string', default: '1' },
    },
  })
  if (!['tensorflow', 'portable'].includes(values.engine)) throw new Error(`--engine is tensorflow or portable, not ${values.engine}.`)
  const results: object[] = []
  for (const run of values.runs.split(',')) {
    const soak = Object.hasOwn(soaks, run) ? soaks[run]! : unknownRun(run)
    const count = values.short ? soak.shortCount : soak.count
    const { seconds, samples } = await inProcess(run, count, values.engine, values.threads)
    const growth = growthOf(samples, soak)
    const within = withinLimits(growth, soak)
    const [start, warm, end] = [growth.start, growth.warm, growth.end].map((megabytes) => megabytes.toFixed(0))
    const grown = `${growth.megabytes.toFixed(1)} MB and ${growth.tensors} tensors after warm-up, allowed ${soak.growth} MB and 0`
    console.log(`${within ? 'ok  ' : 'GROWS'} ${count} ${soak.what} in ${seconds.toFixed(0)} s: ${start} → ${warm} → ${end} MB; ${grown}`)
    if (!within) process.exitCode = 1
    results.push({ run, count, seconds, growth, within, samples })
  }
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const date = new Date().toISOString()
  const path = join(folder, `soak-${date.replaceAll(':', '-')}.json`)
  writeFileSync(path, `${JSON.stringify({ date, engine: values.engine, threads: values.threads, results }, undefined, 2)}\n`)
  console.log(`Written: ${path}`)
}

async function inProcess(run: string, count: number, engine: string, threads: string) {
  const script = join(import.meta.dirname, 'soak-run.ts')
  // V8 may shrink its young generation at any time, yet keeps the memory, which would then count as growth. A small one stays as it is.
  const flags = ['--expose-gc', '--max-semi-space-size=1']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, run, String(count), engine, threads])
  return JSON.parse(stdout) as { readonly seconds: number; readonly samples: Sample[] }
}

function unknownRun(run: string): never {
  throw new Error(`There is no soak named ${JSON.stringify(run)}. Known: ${Object.keys(soaks).join(', ')}.`)
}

if (import.meta.main) await main(process.argv.slice(2))
