/** Weights from a user's file, which must have the same content as when the pipeline was loaded. */
import type { PretrainedOptions } from '../../dsl/graph/stage-options.ts'
import type { LayersModel } from '../../stdlib/engine.ts'
import type { Topology, Weights } from '../../stdlib/network.ts'
import { sha256 } from '../format/hash.ts'
import { tensorsIn } from '../interop/import/drafts.ts'
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
  const file = await fileOf(options)
  if (file.content !== content) throw failures.weightsChanged(from)
  const read = weightsFor(model, network.topology, file.tensors(), options)
  if ('what' in read) throw failures.weightsUnfit(from, read.what, read.facts)
  return finish(context, { ...network, weights: new Map([...network.weights, ...read.weights]) })
}

interface File {
  /** SHA-256 of the current content, 64 hex digits. */
  readonly content: string
  readonly tensors: () => ReadonlyMap<string, FileTensor>
}

async function fileOf({ from, layout }: Pick<PretrainedOptions, 'from' | 'layout'>): Promise<File> {
  if (layout === 'network') {
    const { readNetworkFile } = await import('../interop/network-file.ts')
    const file = await readNetworkFile(from)
    return { content: file.content, tensors: () => tensorsIn(file) }
  }
  const bytes = await readPlain(from).catch((cause: Error) => {
    throw failures.weightsGone(from, cause.message)
  })
  return { content: sha256(bytes), tensors: () => readWeightsFile(bytes, from) }
}

/** Weights for all layers except `fresh`. */
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
