/** A pipeline file made ready to plan: checked, loaded, its store open, its data sets and the machine known. */

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

/** What decides the plan of a file, as it is asked for. */
export interface PlanOptions extends EngineAsked, StoreAsked {
  /** `FILE` or `FILE#target`. */
  readonly file: string
  readonly slots: number | undefined
  readonly threads: number | undefined
  /** The file's parameters, each as `name=value`. */
  readonly set: readonly string[]
  /** Seconds that the file may take to load. */
  readonly loadTimeout: number
  /** Node takes types away without looking at them; unless this is set, they are checked first. */
  readonly noCheck: boolean
  /** Results that are found are read before they are used: what has changed them may have left their sizes and times. */
  readonly verify?: boolean
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
  readonly source: UserSource
  /** What they are made of; absent where the pipeline has none. */
  readonly code?: LoadedCode
  /** The user's files that were read. */
  readonly files: readonly string[]
  /** What can be foreseen of the file, and is no error. */
  readonly warnings: readonly ProblemText[]
}

/** Does a piece of work, and may say what it is while it lasts. */
type Saying = <T>(line: string, work: () => Promise<T>) => Promise<T>

/**
 * @param opened the file's store, if it is open already
 * @param saying for those who have nothing else on the screen
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
  // More slots than stages would stand idle.
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
