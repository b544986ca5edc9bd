/** Weights out of a file of the user's: the file must hold what it held when the pipeline was loaded. */
import type { PretrainedOptions } from '../../dsl/graph/stage-options.ts'
import type { LayersModel } from '../../stdlib/engine.ts'
import type { Topology, Weights } from '../../stdlib/network.ts'
import { sha256 } from '../format/hash.ts'
import type { Mismatch } from '../interop/pytorch/match.ts'
import { readPytorch } from '../interop/pytorch/read.ts'
import { type FileTensor, readWeightsFile } from '../interop/weights-file.ts'
import { readPlain } from '../plain-file.ts'
import { readArtifact } from '../store/artifact.ts'
import { failures } from '../worker/problems.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const pretrained: Computation<'pretrained'> = async ({ options, inputs }, context, cache) => {
  const { from, content } = options
  const network = await readArtifact(context.objects, inputs.model)
  const { model } = await cache.network(network.topology.model)
  const bytes = await readPlain(from).catch((cause: Error) => {
    throw failures.weightsGone(from, cause.message)
  })
  if (sha256(bytes) !== content) throw failures.weightsChanged(from)
  const read = weightsFor(model, network.topology, readWeightsFile(bytes, from), options)
  if ('what' in read) throw failures.weightsUnfit(from, read.what, read.facts)
  return finish(context, { ...network, weights: new Map([...network.weights, ...read.weights]) })
}

/** Of the layers that the file is to give. */
function weightsFor(
  model: LayersModel,
  topology: Topology,
  tensors: ReadonlyMap<string, FileTensor>,
  { layout, names, fresh }: Pick<PretrainedOptions, 'layout' | 'names' | 'fresh'>,
): { readonly weights: Weights } | Mismatch {
  if (layout === 'pytorch') return readPytorch(model, tensors, { names, fresh })
  const wanted = topology.parameters.filter(({ layer }) => !fresh.includes(layer))
  const unlike = wanted.find(({ name, shape }) => tensors.get(name)?.shape.join() !== shape.join())
  if (unlike !== undefined) {
    const found = tensors.get(unlike.name)?.shape
    const is = found === undefined ? 'not there' : `[${found.join(', ')}]`
    return { what: `${unlike.name} is ${is} where the network needs [${unlike.shape.join(', ')}]`, facts: {} }
  }
  return { weights: new Map(wanted.map(({ name }) => [name, tensors.get(name)!.values!])) }
}
