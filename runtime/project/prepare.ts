/** What `plan` and `run` share: the file loaded, the store open, the data sets known. */

import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Graph } from '../../dsl/graph/stage.ts'
import { dataFacts } from '../data/datasets.ts'
import type { EngineAsked, EngineChoice } from '../engine/choice.ts'
import { choiceFor, chooseDevices, computingOf, type Devices, type Resources } from '../engine/devices.ts'
import { numericsOf } from '../engine/numerics.ts'
import { engineProblems, inStage } from '../engine/problems.ts'
import { whyNotTrained } from '../engine/trainable.ts'
import { parseTarget } from '../format/target-name.ts'
import { needsWorker } from '../kinds/run-stage.ts'
import { foresee } from '../plan/foresight/foresee.ts'
import { dataOf } from '../plan/manifest.ts'
import { memoryOfMachine } from '../plan/memory.ts'
import { type DataFactsByKey, dataKey, type NumericsOf, type Plan } from '../plan/plan.ts'
import { planProblems } from '../plan/problems.ts'
import { resources, sharedResources } from '../plan/width.ts'
import { defaultStoreDirectory, projectFolder } from '../store/location.ts'
import { openStore } from '../store/open.ts'
import { problems as storeProblems } from '../store/problems.ts'
import type { Store } from '../store/store.ts'
import type { OwnSource } from '../user-code/user-source.ts'
import { refuseTypeErrors } from './check/checker.ts'
import { loadPipelines } from './load/loader.ts'
import { parseParams } from './load/params.ts'

export interface CommonOptions extends EngineAsked {
  /** `FILE` or `FILE#target`. */
  readonly file: string
  /** The store's folder. Default: `.espalier` beside the nearest package.json of the file. */
  readonly store: string | undefined
  readonly slots: number | undefined
  readonly threads: number | undefined
  /** The file's parameters, each as `name=value`. */
  readonly set: readonly string[]
  /** Seconds that the file may take to load. */
  readonly loadTimeout: number
  /** Node takes types away without looking at them; unless this is set, they are checked first. */
  readonly noCheck: boolean
  readonly json: boolean
}

export interface Prepared {
  /** As the user wrote it, with its target. */
  readonly file: string
  readonly target: string
  readonly graph: Graph
  readonly store: Store
  readonly data: DataFactsByKey
  readonly devices: Devices
  /** Of the worker that would run a stage. */
  readonly numerics: NumericsOf
  readonly resources: Resources
  /** Where workers find the user's functions. */
  readonly source: OwnSource
  /** The user's files that were read. */
  readonly files: readonly string[]
  /** What can be foreseen of the file, and is no error. */
  readonly warnings: readonly ProblemText[]
}

/**
 * @param opened the file's store, if it is open already
 * @throws CheckProblem, LoadProblem, StoreProblem, DataProblem, PlanProblem, EngineProblem
 */
export async function prepare(
  { file, set, store: directory, slots: askedSlots, threads, loadTimeout, noCheck, ...wanted }: CommonOptions,
  opened?: Store,
): Promise<Prepared> {
  const name = parseTarget(file)
  const folder = directory === undefined ? defaultStoreDirectory(name.file) : resolve(directory)
  const params = parseParams(set)
  const load = () => loadPipelines(name, { seconds: loadTimeout, store: folder }, params)
  if (!noCheck) await refuseTypeErrors(name.file, load)
  const { graph, target, functions, files } = await load()
  if (wanted.engine === 'portable' && threads !== undefined && threads > 1) throw engineProblems.oneThread(threads)
  const devices = await chooseDevices(graph.stages, wanted)
  const { slots: wide, ...each } = sharedOut(graph, devices, { slots: askedSlots, threads })
  const numerics: NumericsOf = (stage) => {
    const { engine, threads } = computingOf(stage, { ...settingsOf(devices), resources: each })
    return numericsOf(engine, threads)
  }
  const store = opened ?? (await openStore(folder))
  store.functions.remember(functions)
  const data = new Map<string, Awaited<ReturnType<typeof dataFacts>>>()
  for (const stage of graph.stages) {
    const spec = dataOf(stage)
    if (spec !== undefined && !data.has(dataKey(spec))) data.set(dataKey(spec), await dataFacts(store.layout, spec))
  }
  const warnings = [...[...data.values()].flatMap(({ notes = [] }) => notes), ...foresee(graph, data)]
  // More slots than stages would stand idle.
  const slots = Math.min(wide, graph.stages.length)
  const source = { file: resolve(name.file), target, params: Object.fromEntries(params), project: projectFolder(name.file) }
  return { file, target, graph, store, data, devices, numerics, resources: { slots, ...each }, source, files, warnings }
}

/** The engines of a run's stages, as `RunRequest` has them. */
export function settingsOf({ usual, processor }: Devices) {
  return { engine: usual.settings, processor: processor?.settings }
}

function sharedOut(
  graph: Graph,
  { usual, processor }: Devices,
  { slots, threads }: { readonly slots: number | undefined; readonly threads: number | undefined },
): Resources {
  const { length: gpus } = usual.gpus
  if (gpus > 0 && processor === undefined && slots !== undefined && slots > gpus) throw engineProblems.tooManySlots(slots, gpus)
  const askedOf = ({ settings }: EngineChoice) => {
    const fixed = settings.engine === 'portable' ? 1 : threads
    return { ...(slots === undefined ? {} : { slots }), ...(fixed === undefined ? {} : { threads: fixed }) }
  }
  const cores = availableParallelism()
  if (processor === undefined) return resources(graph, cores, askedOf(usual), gpus)
  return sharedResources(graph, cores, askedOf(usual), gpus, askedOf(processor))
}

/** Before anything is computed that could not be kept. @throws StoreProblem */
export function requireWritable(store: Store, { stages }: Plan): void {
  const open = stages.filter(({ status }) => status !== 'hit')
  if (!store.readOnly || open.length === 0) return
  const what = open.length === 1 ? '1 stage' : `${open.length} stages`
  throw storeProblems.readOnly(store.layout.root, 'compute what is not in it yet', [['missing', `${what}, the first is ${open[0]!.path}`]])
}

/**
 * Before anything expensive: where a worker will be needed, what its stage asks of the machine must be there, and its engine be able to
 * compute as its training asks. Gives what is to be said about it.
 * @param memory bytes there are
 * @throws EngineProblem, PlanProblem
 */
export function requireDevices(devices: Devices, { stages }: Plan, graph: Graph, memory = memoryOfMachine()): ProblemText[] {
  const toCompute = new Set(stages.filter(({ status, kind }) => status !== 'hit' && needsWorker(kind)).map(({ id }) => id))
  const used = new Set<EngineChoice>()
  for (const stage of graph.stages) {
    if (!toCompute.has(stage.id)) continue
    const { device, memory: wanted = 0 } = stage.resources ?? {}
    if (device === 'gpu' && devices.noGpu !== undefined) throw engineProblems.gpuAskedFor(stage, devices.noGpu)
    if (wanted > memory) throw planProblems.moreMemoryThanThereIs(stage, wanted, memory)
    const choice = choiceFor(stage, devices)
    used.add(choice)
    if (choice.problem !== undefined) throw choice.problem
    const refused = stage.kind === 'train' || stage.kind === 'distill' ? whyNotTrained(stage.options, choice) : undefined
    if (refused !== undefined) throw inStage(stage, refused)
  }
  return [...used].flatMap(({ warning }) => warning ?? [])
}
