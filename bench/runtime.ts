/**
 * Overhead of the runtime: runs with cache hits only, plans of stages that changed, and stages that take no time. The time of the same
 * command without work (`--version`) is subtracted; Hamilton does the first with as many cached nodes, if the Python has it. They take
 * turns; of several timings the least counts.
 *
 *   npm run bench -- runtime [--rounds 5] [--stages 1000,10000] [--python PROGRAM]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Graph } from '../dsl/graph/stage.ts'
import { dataFacts } from '../runtime/data/datasets.ts'
import type { DataFacts } from '../runtime/data/facts.ts'
import { dataOf } from '../runtime/kinds/kinds.ts'
import { type InputDigests, keyOf, manifestOf } from '../runtime/plan/manifest.ts'
import { dataKey } from '../runtime/plan/plan.ts'
import { loadPipelines } from '../runtime/project/load/loader.ts'
import type { Digest } from '../runtime/store/address.ts'
import { writeArtifact } from '../runtime/store/artifact.ts'
import { dataFolder } from '../runtime/store/location.ts'
import { openStore } from '../runtime/store/open.ts'
import type { Store } from '../runtime/store/store.ts'
import { python, timed } from './peers.ts'
import { schedulingOverhead, topologyOf } from './scheduling.ts'

const root = join(import.meta.dirname, '..')

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      stages: { type: 'string', default: '1000,10000' },
      python: { type: 'string', default: python },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/espalier'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const hamilton = hamiltonIn(values.python)
    if (hamilton === undefined)
      console.log(`Hamilton is not compared: ${values.python} cannot import it. Name a Python that can with --python or PYTHON.`)
    console.log(heads.map((head) => head.padStart(width)).join(''))
    for (const stages of values.stages.split(',').map(Number)) {
      const row = await measure(folder, stages, Number(values.rounds), hamilton)
      const cells = [
        String(stages),
        ...[row.nothing, row.processor, row.changed, row.start].map((value) => `${value.toFixed(2)} s`),
        row.hamilton === undefined ? '-' : `${row.hamilton.toFixed(2)} s`,
        ...[row.wall, row.busy].map((value) => `${value.toFixed(2)} ms`),
      ]
      console.log(cells.map((cell) => cell.padStart(width)).join(''))
    }
    console.log('Seconds without the start of the process, except for that itself; milliseconds for each stage. The least of several.')
    if (hamilton !== undefined) console.log(`Hamilton ${hamilton(2)?.version}: from the imported library on.`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const heads = ['stages', 'nothing to do', 'processor', 'plan changed', 'start alone', 'Hamilton', 'a stage', 'processor']
const width = 15

async function measure(folder: string, stages: number, rounds: number, hamilton: Hamilton | undefined) {
  const [same, other] = [join(folder, `same-${stages}.pipeline.ts`), join(folder, `other-${stages}.pipeline.ts`)]
  writeFileSync(same, pipeline(stages / 2, 0.1))
  writeFileSync(other, pipeline(stages / 2, 0.2))
  const store = await openStore(join(folder, '.espalier'))
  await fill(store, (await loadPipelines({ file: same, target: undefined })).graph)
  store.close()
  command('run', same, '--json') // from now on its stages are recorded
  hamilton?.(stages) // from now on its nodes are cached
  const { graph } = await loadPipelines({ file: other, target: undefined })
  const facts = await factsOf(graph, join(folder, '.espalier'))
  const times: { [what: string]: number[] } = {}
  const note = (what: string, value: number) => {
    times[what] = [...(times[what] ?? []), value]
  }
  for (let round = 0; round < rounds; round++) {
    const start = command('--version')
    note('start', start.seconds)
    note('startBusy', start.busy)
    const run = command('run', same, '--json')
    if (!run.output.includes(`"hit":${stages},"run":0`)) throw new Error(`not everything was a hit: ${run.output.slice(-300)}`)
    note('nothing', run.seconds)
    note('nothingBusy', run.busy)
    note('changed', command('plan', other, '--json').seconds)
    const peer = hamilton?.(stages)
    if (peer !== undefined) note('hamilton', peer.seconds)
    const fresh = await openStore(join(folder, `scheduling-${stages}-${round}`))
    const { wall, processor } = await schedulingOverhead(graph, fresh, facts)
    fresh.close()
    note('wall', wall)
    note('busy', processor)
  }
  const least = (what: string) => Math.min(...times[what]!)
  return {
    nothing: least('nothing') - least('start'),
    processor: least('nothingBusy') - least('startBusy'),
    changed: least('changed') - least('start'),
    start: least('start'),
    hamilton: hamilton === undefined ? undefined : least('hamilton'),
    wall: least('wall'),
    busy: least('busy'),
  }
}

type Hamilton = (nodes: number) => { readonly version: string; readonly seconds: number } | undefined

/** Runs that many cached nodes; the first time with a number fills the cache. Undefined when the Python has no Hamilton. */
function hamiltonIn(program: string): Hamilton | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-hamilton-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const run: Hamilton = (nodes) => {
    const script = join(import.meta.dirname, 'hamilton_peer.py')
    const env = { ...process.env, HAMILTON_TELEMETRY_ENABLED: 'false' }
    const { status, stdout } = spawnSync(program, [script, String(nodes), folder], { encoding: 'utf8', env })
    const [version = '', seconds] = (stdout ?? '').trim().split('\n').at(-1)!.split(' ')
    return status === 0 ? { version, seconds: Number(seconds) } : undefined
  }
  return run(2) === undefined ? undefined : run
}

/** Two stages per arm. */
export const pipeline = (arms: number, lr: number): string => `
import { digits, lenet300, seeds, sgd, task } from 'espalier'
export default seeds(${arms}, (seed) => task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: ${lr} }), epochs: 1 }).init({ seed: seed + ${lr === 0.1 ? 0 : 1_000_000} }))
`

/** Results for every stage of a graph, as if they had been computed. */
export async function fill(store: Store, graph: Graph): Promise<void> {
  const { stages } = graph
  const facts = await factsOf(graph, store.location)
  const outputs = new Map<string, Digest>()
  for (const stage of stages) {
    const spec = dataOf(stage)
    const inputs: InputDigests = Object.fromEntries(Object.entries(stage.inputs).map(([role, ref]) => [role, outputs.get(ref.stage)!]))
    const manifest = manifestOf(stage, inputs, spec === undefined ? undefined : facts.get(dataKey(spec))?.digest)
    const artifact = await writeArtifact(store.objects, { topology: topologyOf(stage.id), weights: new Map(), masks: new Map() })
    outputs.set(stage.id, artifact)
    await store.results.put({
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

async function factsOf({ stages }: Graph, store: string): Promise<ReadonlyMap<string, DataFacts>> {
  const facts = new Map<string, DataFacts>()
  for (const stage of stages) {
    const spec = dataOf(stage)
    if (spec !== undefined && !facts.has(dataKey(spec))) facts.set(dataKey(spec), await dataFacts(dataFolder(store), spec))
  }
  return facts
}

const command = (...args: readonly string[]) => timed(process.execPath, [join(root, 'dist/cli.js'), ...args])

if (import.meta.main) await main(process.argv.slice(2))
