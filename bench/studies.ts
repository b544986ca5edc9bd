/**
 * Whole studies, in wall-clock and processor time: Espalier, and a PyTorch script of the same arms that trains them one after another with
 * as many threads. Both are started as a user would, with shared parts trained once and with every arm separately, in turns.
 *
 *   npm run bench -- studies [--studies main,grid] [--epochs 4, at least 3] [--trials 3] [--threads 2] [--rounds 1]
 *                            [--ways ours,alone,theirs,theirsAlone,compiled; all but the last] [--python PROGRAM]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { python, timed, torchVersion } from './peers.ts'

/** The arms of each, as `--only` takes them: for a sweep, each combination of value and arm. */
const studies: { readonly [name: string]: { readonly arms: readonly string[]; readonly trials?: number } } = {
  main: { arms: ['dense', 'teacher', 'pruneFinetune', 'ticket', 'reinit', 'hybrid'] },
  grid: { arms: [0.5, 0.7, 0.8, 0.9, 0.95].flatMap((sparsity) => ['start', 'one', 'two'].map((at) => `sparsity=${sparsity}/${at}`)) },
  lottery: { arms: ['dense', 'ticket', 'reinit'], trials: 1 },
  retraining: { arms: ['dense', 'finetune', 'weightRewinding', 'lrRewinding', 'reinit'], trials: 1 },
  feedback: { arms: ['dense', 'dpf', 'oneShot'], trials: 1 },
}

interface Cost {
  readonly seconds: number
  readonly busy: number
}
interface StageCost {
  count: number
  seconds: number
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      studies: { type: 'string', default: Object.keys(studies).join(',') },
      epochs: { type: 'string', default: '4' },
      trials: { type: 'string', default: '3' },
      threads: { type: 'string', default: String(cpus().length) },
      rounds: { type: 'string', default: '1' },
      /** What is timed; `compiled` is PyTorch with torch.compile (inductor), which needs a C++ compiler. */
      ways: { type: 'string', default: 'ours,alone,theirs,theirsAlone' },
      python: { type: 'string', default: python },
    },
  })
  const torch = torchVersion(values.python)
  if (torch === undefined)
    console.log(`PyTorch is not compared: ${values.python} cannot import torch. Name a Python that can with --python or PYTHON.`)
  const title = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${values.threads} threads, PyTorch ${torch ?? 'not there'}; ${values.epochs} epochs; seconds, least of ${values.rounds}`
  console.log(
    `${title}\n\n| study | arms | Espalier | processor | arm by arm | PyTorch | processor | arm by arm | torch.compile | ratio | arm by arm | to torch.compile |`,
  )
  console.log('| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |')
  const kinds = new Map<string, StageCost>()
  const rows = []
  const wanted = values.ways.split(',')
  for (const name of values.studies.split(',')) {
    const study = Object.hasOwn(studies, name) ? studies[name]! : unknownStudy(name)
    const trials = String(study.trials ?? values.trials)
    const size = ['--set', `epochs=${values.epochs}`, ...(study.trials === undefined ? ['--set', `trials=${trials}`] : [])]
    const ways = {
      ours: () => espalier(name, size, values.threads, [undefined], kinds),
      alone: () => espalier(name, size, values.threads, study.arms),
      theirs: () => peer(values.python, name, values.epochs, trials, values.threads, 'shared'),
      theirsAlone: () => peer(values.python, name, values.epochs, trials, values.threads, 'alone'),
      compiled: () => peer(values.python, name, values.epochs, trials, values.threads, 'compiled'),
    }
    const unknown = wanted.find((way) => !Object.hasOwn(ways, way))
    if (unknown !== undefined) throw new Error(`--ways takes ${Object.keys(ways).join(', ')}, not ${JSON.stringify(unknown)}.`)
    const asked = (Object.keys(ways) as (keyof typeof ways)[]).filter(
      (way) => wanted.includes(way) && (torch !== undefined || way === 'ours' || way === 'alone'),
    )
    const costs = new Map<keyof typeof ways, Cost[]>(asked.map((way) => [way, []]))
    for (let round = 0; round < Number(values.rounds); round++)
      for (const way of round % 2 === 0 ? asked : asked.toReversed()) costs.get(way)!.push(ways[way]())
    const least = (way: keyof typeof ways, what: keyof Cost) => Math.min(...(costs.get(way) ?? []).map((cost) => cost[what]))
    const cells = [
      ...(['ours', 'theirs'] as const).flatMap((way) => [least(way, 'seconds'), least(way, 'busy')]),
      ...(['alone', 'theirsAlone', 'compiled'] as const).map((way) => least(way, 'seconds')),
    ].map((seconds) => (Number.isFinite(seconds) ? seconds.toFixed(1) : '–'))
    const ratios = (['theirs', 'theirsAlone', 'compiled'] as const).map((way) => least('ours', 'seconds') / least(way, 'seconds'))
    const [ours, busy, theirs, theirBusy, alone, theirsAlone, compiled] = cells
    const ratio = ratios.map((value) => (value > 0 ? value.toFixed(2) : '–')).join(' | ')
    console.log(
      `| ${name} | ${study.arms.length} × ${trials} | ${ours} | ${busy} | ${alone} | ${theirs} | ${theirBusy} | ${theirsAlone} | ${compiled} | ${ratio} |`,
    )
    rows.push({ name, trials, costs: Object.fromEntries(costs) })
  }
  console.log('\n| stage | number | seconds each |\n| --- | --: | --: |')
  for (const [kind, { count, seconds }] of kinds) console.log(`| ${kind} | ${count} | ${(seconds / count).toFixed(2)} |`)
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `studies-${new Date().toISOString().replaceAll(':', '-')}.json`)
  writeFileSync(path, `${JSON.stringify({ title, rows, stages: Object.fromEntries(kinds) }, undefined, 2)}\n`)
  console.log(`\nWritten: ${path}`)
}

function unknownStudy(name: string): never {
  throw new Error(`There is no study named ${JSON.stringify(name)}. Known: ${Object.keys(studies).join(', ')}.`)
}

/** Runs each of `arms` in its own store; undefined runs all of them in one. Adds the cost of stages to `kinds`. */
function espalier(
  name: string,
  size: readonly string[],
  threads: string,
  arms: readonly (string | undefined)[],
  kinds = new Map<string, StageCost>(),
): Cost {
  const total = { seconds: 0, busy: 0 }
  for (const arm of arms) {
    const store = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
    try {
      const file = `${join(import.meta.dirname, 'studies.pipeline.ts')}#${name}`
      const options = [...size, '--slots', threads, '--threads', '1', '--device', 'cpu', '--no-check', '--json', '--store', store]
      const only = arm === undefined ? [] : ['--only', arm]
      const cost = timed(process.execPath, [join(import.meta.dirname, '../dist/cli.js'), 'run', file, ...options, ...only])
      total.seconds += cost.seconds
      total.busy += cost.busy
      for (const line of cost.output.split('\n').filter((line) => line.includes('"event":"stage-done"'))) {
        const { kind, seconds } = JSON.parse(line) as { readonly kind: string; readonly seconds: number }
        const known = kinds.get(kind) ?? { count: 0, seconds: 0 }
        kinds.set(kind, { count: known.count + 1, seconds: known.seconds + seconds })
      }
    } finally {
      rmSync(store, { recursive: true })
    }
  }
  return total
}

const peer = (
  program: string,
  ...[name, epochs, trials, threads, way]: [string, string, string, string, 'shared' | 'alone' | 'compiled']
): Cost =>
  timed(program, ['-W', 'ignore', join(import.meta.dirname, 'studies_peer.py'), name, epochs, trials, threads, way], {
    ...process.env,
    OMP_NUM_THREADS: threads,
  })
