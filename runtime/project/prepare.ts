/** Prepares a pipeline file for planning: checks and loads it, opens its store, and determines its data sets and the machine. */

import { basename, resolve } from 'node:path'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Graph } from '../../dsl/graph/stage.ts'
import { dataFacts } from '../data/datasets.ts'
import type { DataFacts } from '../data/facts.ts'
import type { EngineAsked } from '../engine/choice.ts'
import { chooseDevices, type Devices, type Resources } from '../engine/devices.ts'
import { engineProblems } from '../engine/problems.ts'
import { standardError } from '../format/output.ts'
import { parseTarget } from '../format/target-name.ts'
import { dataOf } from '../kinds/kinds.ts'
import { foresee } from '../plan/foresight/foresee.ts'
import { type DataFactsByKey, dataKey, type NumericsOf } from '../plan/plan.ts'
import type { FunctionRecords } from '../store/functions.ts'
import { projectFolder } from '../store/location.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { type StoreAsked, storePlace } from '../store/store-place.ts'
import type { LoadedCode } from '../user-code/user-modules.ts'
import type { UserSource } from '../user-code/user-source.ts'
import { refuseTypeErrors } from './check/checker.ts'
import { loadPipelines } from './load/loader.ts'
import { parseParams } from './load/params.ts'
import { numericsWith, resourcesFor } from './machine.ts'

/** Options that determine the plan of a file. */
export interface PlanOptions extends EngineAsked, StoreAsked {
  /** `FILE` or `FILE#target`. */
  readonly file: string
  readonly slots: number | undefined
  readonly threads: number | undefined
  /** The file's parameters, each as `name=value`. */
  readonly set: readonly string[]
  /** Seconds that the file may take to load. */
  readonly loadTimeout: number
  /** Skips the type check; Node strips types without checking them. */
  readonly noCheck: boolean
  /** Reads cached results before they are used, since damage may have left sizes and times unchanged. */
  readonly verify?: boolean
}

export interface Prepared {
  /** As written by the user, with its target. */
  readonly file: string
  readonly target: string
  readonly graph: Graph
  readonly store: Store
  readonly data: DataFactsByKey
  readonly devices: Devices
  /** Of the worker that would run a stage. */
  readonly numerics: NumericsOf
  readonly resources: Resources
  /** Where workers load the user's functions from. */
  readonly source: UserSource
  /** Their code; absent when the pipeline has none. */
  readonly code?: LoadedCode
  /** The user's files that were read. */
  readonly files: readonly string[]
  /** Foreseeable problems of the file that are no errors. */
  readonly warnings: readonly ProblemText[]
}

/** Does a piece of work, and may show a line meanwhile. */
type Saying = <T>(line: string, work: () => Promise<T>) => Promise<T>

/**
 * @param opened the file's store, if it is already open
 * @param saying shows a line during slow work, for callers with nothing else on the screen
 * @throws CheckProblem, LoadProblem, StoreProblem, DataProblem, PlanProblem, EngineProblem
 */
export async function prepare(
  { file, set, store: asked, objects, slots: askedSlots, threads, loadTimeout, noCheck, verify = false, ...wanted }: PlanOptions,
  opened?: Store,
  saying: Saying = (_, work) => work(),
): Promise<Prepared> {
  const name = parseTarget(file)
  const place = await storePlace({ store: asked, objects }, name.file)
  const params = parseParams(set)
  const load = () =>
    saying(`Loading ${basename(name.file)} …`, () => loadPipelines(name, { seconds: loadTimeout, store: place.home }, params))
  if (!noCheck) await refuseTypeErrors(name.file, load)
  const { graph, target, functions, files, code } = await load()
  if (wanted.engine === 'portable' && threads !== undefined && threads > 1) throw engineProblems.oneThread(threads)
  const devices = await saying('Looking for an engine and devices …', () => chooseDevices(graph.stages, wanted))
  const { slots: wide, ...each } = await resourcesFor(graph, devices, {
    slots: askedSlots,
    threads,
    ...(wanted.elsewhere === undefined ? {} : { elsewhere: wanted.elsewhere }),
  })
  const numerics = numericsWith(devices, each)
  const store = opened ?? (await saying('Opening the store …', () => openStore(place, { rehash: verify })))
  const data = await saying('Reading the data sets …', () => knownOfData(graph, store, functions)).catch((problem: unknown) => {
    if (opened === undefined) store.close()
    throw problem
  })
  const warnings = [...[...data.values()].flatMap(({ notes = [] }) => notes), ...foresee(graph, data)]
  // More slots than stages would be idle.
  const slots = Math.min(wide, graph.stages.length)
  const source = { file: resolve(name.file), target, params: Object.fromEntries(params), project: projectFolder(name.file) }
  return {
    ...{ file, target, graph, store, data, devices, numerics, resources: { slots, ...each }, source, files, warnings },
    ...(functions.size === 0 ? {} : { code }),
  }
}

/** Prepares a file for `work`, and closes its store again. @throws as `prepare`, and what `work` throws */
export async function withPrepared<T>(options: PlanOptions, work: (prepared: Prepared) => Promise<T>): Promise<T> {
  const prepared = await prepare(options, undefined, (line, work) => standardError.meanwhile(line, work))
  try {
    return await work(prepared)
  } finally {
    prepared.store.close()
  }
}

async function knownOfData(
  { stages }: Graph,
  { data: folder, functions: known }: Store,
  functions: FunctionRecords,
): Promise<DataFactsByKey> {
  await known.remember(functions)
  const data = new Map<string, DataFacts>()
  for (const stage of stages) {
    const spec = dataOf(stage)
    if (spec !== undefined && !data.has(dataKey(spec))) data.set(dataKey(spec), await dataFacts(folder, spec))
  }
  return data
}
