/**
 * What the runtime itself costs: runs in which every stage is in the store, and plans of stages that changed. The peer is the same
 * command doing nothing (`--version`), in turns with it; of several timings the least counts.
 *
 *   npm run bench -- runtime [--rounds 5] [--stages 1000,10000]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Graph } from '../dsl/stage.ts'
import { dataFacts } from '../runtime/data/datasets.ts'
import { loadPipelines } from '../runtime/load/loader.ts'
import type { DataFacts } from '../runtime/plan/lookup.ts'
import { dataOf, type InputDigests, keyOf, manifestOf } from '../runtime/plan/manifest.ts'
import { dataKey } from '../runtime/plan/plan.ts'
import { openStore } from '../runtime/store/disk-store.ts'
import type { Digest, Store } from '../runtime/store/store.ts'

const root = join(import.meta.dirname, '..')

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '5' }, stages: { type: 'string', default: '1000,10000' } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/espalier'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    console.log('stages  nothing to do  plan, all changed  start alone   (seconds, least of several; the first two less the start)')
    for (const stages of values.stages.split(',').map(Number)) {
      const row = await measure(folder, stages, Number(values.rounds))
      console.log(
        [String(stages).padStart(6), ...[row.nothing, row.changed, row.start].map((value) => value.toFixed(2).padStart(14))].join('  '),
      )
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure(folder: string, stages: number, rounds: number) {
  const [same, other] = [join(folder, `same-${stages}.pipeline.ts`), join(folder, `other-${stages}.pipeline.ts`)]
  writeFileSync(same, pipeline(stages / 2, 0.1))
  writeFileSync(other, pipeline(stages / 2, 0.2))
  const store = await openStore(join(folder, '.espalier'))
  await fill(store, (await loadPipelines({ file: same, target: undefined })).graph)
  store.close()
  command('run', same, '--json') // from now on its stages are written down
  const least = { nothing: Number.POSITIVE_INFINITY, changed: Number.POSITIVE_INFINITY, start: Number.POSITIVE_INFINITY }
  for (let round = 0; round < rounds; round++) {
    least.start = Math.min(least.start, command('--version').seconds)
    const run = command('run', same, '--json')
    if (!run.output.includes(`"hit":${stages},"run":0`)) throw new Error(`not everything was a hit: ${run.output.slice(-300)}`)
    least.nothing = Math.min(least.nothing, run.seconds)
    least.changed = Math.min(least.changed, command('plan', other, '--json').seconds)
  }
  return { nothing: least.nothing - least.start, changed: least.changed - least.start, start: least.start }
}

/** Two stages an arm. */
const pipeline = (arms: number, lr: number): string => `
import { digits, lenet300, seeds, sgd, task } from 'espalier'
export default seeds(${arms}, (seed) => task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: ${lr} }), epochs: 1 }).init({ seed: seed + ${lr === 0.1 ? 0 : 1_000_000} }))
`

/** Results for every stage of a graph, as if they had been computed. */
async function fill(store: Store, { stages }: Graph): Promise<void> {
  const facts = new Map<string, DataFacts>()
  const outputs = new Map<string, Digest>()
  for (const stage of stages) {
    const spec = dataOf(stage)
    if (spec !== undefined && !facts.has(dataKey(spec))) facts.set(dataKey(spec), await dataFacts(store.layout, spec))
    const inputs: InputDigests = Object.fromEntries(Object.entries(stage.inputs).map(([role, ref]) => [role, outputs.get(ref.stage)!]))
    const manifest = manifestOf(stage, inputs, spec === undefined ? undefined : facts.get(dataKey(spec))?.digest)
    const topology = { model: { name: stage.id, options: {} }, input: [1], classes: 1, parameters: [], outputLayer: '' }
    const artifact = await store.writeArtifact({ topology, weights: new Map(), masks: new Map() })
    outputs.set(stage.id, artifact)
    await store.putResult({
      key: keyOf(manifest),
      kind: stage.kind,
      path: stage.path,
      manifest,
      artifact: stage.kind === 'evaluate' ? undefined : artifact,
      snapshots: {},
      metrics: {},
      numerics: undefined,
      finished: Date.now(),
      seconds: 0,
    })
  }
}

function command(...args: readonly string[]): { readonly seconds: number; readonly output: string } {
  const start = performance.now()
  const output = execFileSync(process.execPath, [join(root, 'dist/cli.js'), ...args], { encoding: 'utf8', maxBuffer: 1 << 30 })
  return { seconds: (performance.now() - start) / 1000, output }
}

if (import.meta.main) await main(process.argv.slice(2))
