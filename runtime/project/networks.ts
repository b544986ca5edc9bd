/** Costs of networks, layer by layer: those of a pipeline file before anything is run, or of a stage's result. */

import { canonical } from '../../dsl/check/canonical.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { sizeOfNetworks } from '../../stdlib/metrics/size.ts'
import { unshrunk } from '../../stdlib/models/networks/shrunk.ts'
import { countingRule } from '../../stdlib/models/structure/summary.ts'
import { boundNetwork } from '../../stdlib/network-registry.ts'
import { noFunctions, type UserFunctions } from '../../stdlib/user-functions.ts'
import { chooseEngine, type EngineAsked } from '../engine/choice.ts'
import { computeHereOn } from '../engine/gpu.ts'
import { openEngine } from '../engine/open.ts'
import { parseTarget } from '../format/target-name.ts'
import { fileSizes } from '../measure/file-size.ts'
import { latency } from '../measure/latency.ts'
import { StageFailure } from '../problem.ts'
import { readArtifact } from '../store/artifact.ts'
import type { KnownTarget } from '../store/journal.ts'
import { type StoreAsked, storePlace } from '../store/store-place.ts'
import { findStage } from '../views/find.ts'
import type { NetworkCost, NetworksView } from '../views/networks.ts'
import { historyProblems } from '../views/problems.ts'
import { type CustomFile, CustomNetworks } from './custom-networks.ts'
import { placeHere, withStore } from './existing-store.ts'
import { loadPipelines } from './load/loader.ts'
import { parseParams } from './load/params.ts'

export interface NetworksAsked extends EngineAsked, StoreAsked {
  /** `FILE.ts`, `FILE.ts#target`, or a stage as `espalier show` takes it. */
  readonly what: string
  readonly set: readonly string[]
  readonly loadTimeout: number
  /** Whether to measure the network's latency. For a stage only. */
  readonly latency: boolean
  readonly threads: number
}

/** Batches whose latency is measured, and the seconds for each. */
const batches = [1, 64]
const secondsEach = 1

/** @throws StoreProblem for a stage without a network, and as for loading a file */
export async function networksOf(asked: NetworksAsked): Promise<NetworksView> {
  return { countingRule, networks: /\.[cm]?[jt]s(#|$)/.test(asked.what) ? await ofFile(asked) : await ofStage(asked) }
}

/** The networks that its pipelines start from, each once. Layers are built, never run: any engine will do. */
async function ofFile({ what, set, loadTimeout, ...asked }: NetworksAsked): Promise<NetworkCost[]> {
  const name = parseTarget(what)
  const params = parseParams(set)
  const { graph, target } = await loadPipelines(name, { seconds: loadTimeout }, params)
  const own = new CustomNetworks({
    file: name.file,
    target,
    params,
    store: (await storePlace(asked, name.file)).home,
  })
  const engine = await openEngine({ engine: 'portable', threads: 1 })
  const networks = new Map<string, NetworkCost>()
  for (const stage of graph.stages) {
    if (stage.kind !== 'init') continue
    const { model } = stage.options
    const key = canonical({ ...model })
    if (networks.has(key)) continue
    const bound = boundNetwork(engine, model, await own.functionsOf(model))
    networks.set(key, { title: `${nameOf(model)}, the network of ${stage.path}`, ...bound.summary() })
    bound.dispose()
  }
  return [...networks.values()]
}

async function ofStage({ what, set, latency: timed, threads, ...asked }: NetworksAsked): Promise<NetworkCost[]> {
  const { path, network, targets } = await withStore(asked, async (store) => {
    const stage = await findStage(store, what)
    const found = await store.results.find(stage.key)
    const artifact = found.found === 'none' ? undefined : found.result.artifact
    if (artifact === undefined) throw historyProblems.noNetwork(stage.path)
    return {
      path: stage.path,
      network: await readArtifact(store.objects, artifact),
      targets: (await store.journal.targets()).filter(
        ({ keys, elsewhere = false }) => !elsewhere && Object.values(keys).includes(stage.key),
      ),
    }
  })
  const { topology, masks, weights } = network
  const own = await functionsOf(topology.model, path, targets, { params: parseParams(set), store: (await placeHere(asked)).home })
  const { settings, gpus, problem } = timed
    ? await chooseEngine(asked)
    : { settings: { engine: 'portable', xla: false } as const, gpus: [], problem: undefined }
  if (problem !== undefined) throw problem
  computeHereOn(gpus)
  const engine = await openEngine({ ...settings, threads })
  const [now, original] = [boundNetwork(engine, topology.model, own), boundNetwork(engine, unshrunk(topology.model), own)]
  const cost = now.summary()
  const left = sizeOfNetworks([{ topology, summary: cost, masks, original: { topology: original.topology, summary: original.summary() } }])
  const measured = []
  if (timed) for (const batch of batches) measured.push(await latency(engine, now, weights, batch, secondsEach))
  return [
    {
      title: `${nameOf(topology.model)}, what ${path} gave`,
      ...cost,
      left,
      files: fileSizes(network),
      ...(timed ? { latency: measured } : {}),
    },
  ]
}

/** From the first pipeline that led to the stage and still has the functions. @throws StoreProblem when none has */
async function functionsOf(
  model: Spec,
  path: string,
  targets: readonly KnownTarget[],
  from: Pick<CustomFile, 'params' | 'store'>,
): Promise<UserFunctions> {
  if (!isCustom(model)) return noFunctions
  for (const { file, target } of targets) {
    try {
      return await new CustomNetworks({ file, target, ...from }).functionsOf(model)
    } catch (cause) {
      if (!(cause instanceof StageFailure)) throw cause
    }
  }
  throw historyProblems.customNetwork(path, [...new Set(targets.map(({ file }) => file))])
}

const isCustom = (model: Spec): boolean => canonical({ ...model }).includes('"custom"')

/** `resnet depth 20`, `shrunk bnConv widths [8,16]` */
function nameOf({ name, options }: Spec): string {
  if (name === 'custom') return 'a custom network'
  if (name === 'imported') return 'a network out of a file'
  const inner = 'of' in options ? nameOf(options.of as unknown as Spec) : undefined
  const own = Object.entries(options).filter(([option]) => option !== 'of' && (option !== 'widths' || inner === undefined))
  return [name, ...(inner === undefined ? [] : [inner]), ...own.map(([option, value]) => `${option} ${canonical(value)}`)].join(' ')
}
