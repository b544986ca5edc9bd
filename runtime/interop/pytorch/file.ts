/** A network as a safetensors file in PyTorch's layout, with metadata on its structure, input and origin. */
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Normalisation } from '../../../stdlib/data/dataset.ts'
import type { LayersModel } from '../../../stdlib/engine.ts'
import { writeSafetensors } from '../../store/safetensors.ts'
import type { Asked, Exported } from '../export-format.ts'
import { type TorchModule, torchModules } from './graph.ts'
import { type Strange, weightedModules } from './layers.ts'
import { pytorchTensors } from './write.ts'

/** Metadata of every network file. */
export const factsOf = ({ network: { topology }, artifact }: Pick<Exported, 'network' | 'artifact'>) => ({
  artifact,
  model: canonical({ ...topology.model }),
  input: topology.input.join(','),
  classes: String(topology.classes),
})

const layout = { layout: 'pytorch', format: 'pt' } as const

/** Only the weights. @throws PipelineProblem for layers without a PyTorch module */
export const stateDict = (model: LayersModel, exported: Exported): Uint8Array =>
  writeSafetensors(tensorsOf(model, exported), { ...factsOf(exported), ...layout })

export interface TorchFile {
  readonly content: Uint8Array
  readonly modules: readonly TorchModule[]
}

/**
 * Input of `load.py`. Metadata in addition to `factsOf`: `network` (its modules in order), `mean` and `std` of the training examples'
 * pixels, `epsilon` of batch norm, and `key` of the exporting stage; all but the key are JSON.
 * @throws PipelineProblem for layers without an equivalent in PyTorch
 */
export function torchFile(model: LayersModel, exported: Exported, { mean, std }: Normalisation): TorchFile {
  const modules = torchModules(model)
  if ('layer' in modules) throw unknown(askedOf(exported), modules as Strange)
  const epsilons = [...new Set(modules.flatMap(({ options: { epsilon } }) => (typeof epsilon === 'number' ? [epsilon] : [])))]
  const told = {
    network: canonical(modules as unknown as Json), // plain data
    ...{ mean: canonical(mean), std: canonical(std), key: exported.key },
    ...(epsilons.length === 0 ? {} : { epsilon: canonical(epsilons.length === 1 ? epsilons[0]! : epsilons) }),
  }
  return { content: writeSafetensors(tensorsOf(model, exported), { ...factsOf(exported), ...layout, ...told }), modules }
}

function tensorsOf(model: LayersModel, exported: Exported) {
  refuseUnknown(model, askedOf(exported))
  return pytorchTensors(model, exported.network.weights)! // of layers that are known
}

const askedOf = ({ network, options }: Exported): Asked => ({ options, spec: network.topology.model })

/** @throws PipelineProblem for layers without a PyTorch module, or, if `load.py` is also written, without support in it */
export function refuseUnknown(model: LayersModel, asked: Asked): void {
  for (const modules of [asked.options.normalize === undefined ? [] : torchModules(model), weightedModules(model)])
    if ('layer' in modules) throw unknown(asked, modules as Strange)
}

const unknown = ({ spec, options: { format } }: Asked, { layer, kind, reason }: Strange): PipelineProblem =>
  new PipelineProblem({
    title: 'The network has layers that PyTorch has no module for.',
    facts: { network: spec.name, layer, 'kind of layer': kind, ...(reason === undefined ? {} : { reason }) },
    hint: `${format === 'safetensors' ? "Leave out layout: 'pytorch'" : "Use format: 'safetensors', which holds only the weights"}; of a batch ensemble, write what mergeMembers() gives.`,
  })
