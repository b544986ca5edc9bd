/**
 * Cost of the language as shipped: planning the hybrids, a thousand stages in one file, and the time from saving a file to its new plan.
 * For comparison, in the same run, the start of Node alone and of tsc alone on the same file.
 *
 *   npm run bench -- language [--rounds 15]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Api, languageProject } from './language-build.ts'
import { editedHelper, files, hybrids } from './language-files.ts'

interface Row {
  readonly what: string
  readonly times: Times
  /** Milliseconds. */
  readonly target?: number
  readonly note?: string
}

/** Milliseconds, each round. */
interface Times {
  readonly wall: readonly number[]
  /** Processor time of this process with its threads: at most the time on an idle machine. Empty for other processes. */
  readonly processor: readonly number[]
}

const root = join(import.meta.dirname, '..')

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '15' } } })
  const rounds = Number(values.rounds)
  const { folder, api } = await languageProject(files)
  const planner = await openPlanner(api, folder)
  const rows = [
    ...(await planning(planner, rounds)),
    ...(await checking(api, folder, rounds)),
    ...(await saving(api, planner, folder, rounds)),
    ...(await afterStage(api, planner, folder, rounds)),
  ]
  planner.close()
  const processor = cpus()[0]?.model.trim() ?? process.arch
  console.log(`${processor}, ${cpus().length} cores, Node ${process.versions.node}; milliseconds, median of ${rounds}`)
  for (const line of table(rows)) console.log(line)
  const results = join(import.meta.dirname, 'results')
  mkdirSync(results, { recursive: true })
  const date = new Date().toISOString()
  const path = join(results, `language-${date.replaceAll(':', '-')}.json`)
  writeFileSync(path, `${JSON.stringify({ date, processor, cores: cpus().length, rows }, undefined, 2)}\n`)
  console.log(`Written: ${path}`)
}

type Graph = Awaited<ReturnType<Api['loadPipelines']>>['graph']

interface Planned {
  readonly stages: number
  readonly keys: readonly string[]
}

interface Planner {
  load(file: string, target?: string): Promise<Graph>
  plan(graph: Graph): Promise<Planned>
  /** Loads and plans. */
  both(file: string, target?: string): Promise<Planned>
  close(): void
}

/** A long-lived process, as in watch: the store is open and facts of data sets are cached. */
async function openPlanner({ openStore, loadPipelines, makePlan, dataFacts, dataOf, dataKey }: Api, folder: string): Promise<Planner> {
  const store = await openStore(join(folder, '.espalier'))
  const data = new Map<string, Awaited<ReturnType<typeof dataFacts>>>()
  const planner: Planner = {
    async load(file, target) {
      return (await loadPipelines({ file: join(folder, file), target })).graph
    },
    async plan(graph) {
      for (const stage of graph.stages) {
        const spec = dataOf(stage)
        if (spec !== undefined && !data.has(dataKey(spec))) data.set(dataKey(spec), await dataFacts(store.data, spec))
      }
      const { stages } = await makePlan(graph, store, data)
      return { stages: stages.length, keys: stages.map(({ manifest }) => JSON.stringify(manifest)) }
    },
    both: async (file, target) => planner.plan(await planner.load(file, target)),
    close: () => store.close(),
  }
  return planner
}

async function planning({ load, plan, both }: Planner, rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of Object.keys(hybrids)) {
    const graph = await load('hybrids.pipeline.ts', name)
    const { stages } = await plan(graph)
    const note = `${stages} stages`
    rows.push({ what: `plan ${name} × 6`, times: await repeated(rounds, () => plan(graph)), target: 100, note })
    rows.push({ what: `load and plan ${name} × 6`, times: await repeated(rounds, () => both('hybrids.pipeline.ts', name)), note })
  }
  const { stages } = await both('thousand.pipeline.ts', 'default')
  const times = await repeated(rounds, () => both('thousand.pipeline.ts', 'default'))
  const node = elsewhere(await repeated(rounds, async () => run(process.execPath, ['-e', '0'])))
  return [
    { what: 'node -e 0', times: node, note: 'for comparison' },
    ...rows,
    { what: 'load and plan a file of a thousand stages', times, target: 300, note: `${stages} stages` },
  ]
}

async function checking({ openChecker }: Api, folder: string, rounds: number): Promise<Row[]> {
  const records = join(folder, 'records')
  const cold = async (file: string) => {
    rmSync(records, { recursive: true, force: true })
    const checker = openChecker({ records })
    await right(checker, file)
    await checker.close()
  }
  const [empty, thousand] = ['empty.pipeline.ts', 'thousand.pipeline.ts'].map((name) => join(folder, name))
  const few = Math.min(rounds, 5)
  const colds = await repeated(few, () => cold(thousand!))
  const colds0 = await repeated(few, () => cold(empty!))
  const tsc = join(root, 'node_modules/typescript-5.9/bin/tsc')
  const peer = elsewhere(await repeated(few, async () => run(process.execPath, [tsc, '-p', join(folder, 'tsconfig.thousand.json')])))
  // Found right above: from here on it is recorded.
  await cold(thousand!)
  const remembered = await repeated(rounds, async () => {
    const checker = openChecker({ records })
    await right(checker, thousand!)
    await checker.close()
  })
  return [
    {
      what: 'check a thousand stages, nothing known',
      times: colds,
      target: 1000 + median(colds0.wall),
      note: `${(median(colds.wall) - median(colds0.wall)).toFixed(0)} more than without them`,
    },
    { what: 'check the same file without them', times: colds0 },
    { what: 'tsc 5.9 over the thousand', times: peer, note: `ratio ${(median(colds.wall) / median(peer.wall)).toFixed(2)}` },
    { what: 'check a thousand stages, unchanged', times: remembered, note: 'no compiler is loaded' },
  ]
}

/** Each round changes one constant in the helper two files away. */
async function saving({ openChecker, startAhead }: Api, { both: plan }: Planner, folder: string, rounds: number): Promise<Row[]> {
  const checker = openChecker({ records: join(folder, 'records') })
  const file = join(folder, 'edited.pipeline.ts')
  const edit = (round: number) => writeFileSync(join(folder, 'normalise.ts'), editedHelper(round))
  let before = await plan('edited.pipeline.ts')
  /** As in watch: the thread of the next load has started long before the next save. */
  const meanwhile = async () => {
    startAhead()
    await sleep(500)
  }
  const [plans, checks, together] = [new Stopwatch(), new Stopwatch(), new Stopwatch()]
  for (let round = 0; round < rounds + 2; round++) {
    await meanwhile()
    edit(3 * round)
    const after = await plans.time(() => plan('edited.pipeline.ts'))
    if (after.keys.every((key, i) => key === before.keys[i])) throw new Error('The edit changed no key: nothing was measured.')
    before = after
    edit(3 * round + 1)
    await checks.time(() => right(checker, file))
    await meanwhile()
    edit(3 * round + 2)
    await together.time(() => Promise.all([right(checker, file), plan('edited.pipeline.ts')]))
  }
  await checker.close()
  return [
    { what: 'save to new plan', times: plans.times(2), target: 150, note: `${before.stages} stages` },
    { what: 'save to types checked', times: checks.times(2), note: 'compiler kept alive' },
    { what: 'save to both', times: together.times(2), target: 150, note: 'side by side, as watch does' },
  ]
}

async function afterStage({ comparing }: Api, { load }: Planner, folder: string, rounds: number): Promise<Row[]> {
  const name = 'edited.pipeline.ts'
  const { options } = (await load(name)).stages.find(({ kind }) => kind === 'prune')!
  const source = { file: join(folder, name), target: 'default', params: {}, project: folder }
  const wall = (await comparing(join(folder, '.espalier'), source, { ...options }, rounds + 2)).slice(2)
  return [{ what: 'compare the functions of a stage after it', times: { wall, processor: [] }, target: 5 }]
}

async function right(checker: ReturnType<Api['openChecker']>, file: string): Promise<void> {
  const { faults } = await checker.check(file)
  if (faults.length > 0) throw new Error(`${faults[0]!.at}: ${faults[0]!.title}`)
}

async function repeated(rounds: number, work: () => Promise<unknown>): Promise<Times> {
  const clock = new Stopwatch()
  for (let round = 0; round < rounds; round++) await clock.time(work)
  return clock.times()
}

class Stopwatch {
  readonly #wall: number[] = []
  readonly #processor: number[] = []

  async time<T>(work: () => Promise<T>): Promise<T> {
    const before = process.cpuUsage()
    const started = performance.now()
    const result = await work()
    this.#wall.push(performance.now() - started)
    const { user, system } = process.cpuUsage(before)
    this.#processor.push((user + system) / 1000)
    return result
  }

  /** @param warming rounds to exclude */
  times(warming = 0): Times {
    return { wall: this.#wall.slice(warming), processor: this.#processor.slice(warming) }
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.at(-1)}: ${stdout}${stderr}`)
}

/** Without processor time: the work is in another process. */
const elsewhere = ({ wall }: Times): Times => ({ wall, processor: [] })

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function table(rows: readonly Row[]): string[] {
  const lines = rows.map(({ what, times: { wall, processor }, target, note }) => [
    what,
    median(wall).toFixed(1),
    Math.min(...wall).toFixed(1),
    Math.max(...wall).toFixed(1),
    processor.length === 0 ? '–' : median(processor).toFixed(1),
    target === undefined ? '' : `${target.toFixed(0)} ${median(wall) <= target ? 'met' : 'missed'}`,
    note ?? '',
  ])
  const all = [['', 'median', 'least', 'most', 'processor', 'target', ''], ...lines]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all.map((line) =>
    line
      .map((cell, column) => (column === 0 || column === 6 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}

if (import.meta.main) await main(process.argv.slice(2))
