/** A network as TensorFlow.js saves one: what tf.loadLayersModel reads back without this library. */
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import { sizeOf, type Weights } from '../../network.ts'
import { layersOf } from './rebuild.ts'
import { parametersOf } from './topology.ts'

/** Bytes in one file of weights: browsers cache files of up to this size. */
const shard = 4 * 1024 * 1024

interface Named {
  readonly weights: readonly { readonly originalName: string }[]
}

/** Files by name; `nameOf` gives a file of weights its name, from its number and the number of all. @throws PipelineProblem for layers that no other program knows */
export function savedFiles(
  tf: Tf,
  model: LayersModel,
  weights: Weights,
  nameOf: (index: number, count: number, content: Uint8Array) => string,
): ReadonlyMap<string, Uint8Array> {
  refuseUnknownLayers(tf, model)
  const names = model.layers.flatMap((layer) => (layer as unknown as Named).weights.map(({ originalName }) => originalName))
  const parameters = parametersOf(model).map(({ parameter }) => parameter)
  const data = new Uint8Array(4 * parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0))
  let end = 0
  for (const { name } of parameters) {
    const { buffer, byteOffset, byteLength } = weights.get(name)!
    data.set(new Uint8Array(buffer, byteOffset, byteLength), end)
    end += byteLength
  }
  const count = Math.max(1, Math.ceil(data.length / shard))
  const shards = Array.from({ length: count }, (_, i) => data.subarray(i * shard, (i + 1) * shard))
  const paths = shards.map((content, i) => nameOf(i + 1, count, content))
  const description = {
    format: 'layers-model',
    generatedBy: 'espalier',
    convertedBy: null,
    modelTopology: model.toJSON(null, false) as object,
    weightsManifest: [{ paths, weights: parameters.map(({ shape }, i) => ({ name: names[i]!, shape, dtype: 'float32' })) }],
  }
  return new Map([
    ...shards.map((content, i) => [paths[i]!, content] as const),
    ['model.json', new TextEncoder().encode(JSON.stringify(description))],
  ])
}

function refuseUnknownLayers(tf: Tf, model: LayersModel): void {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  const stranger = layersOf(model).find((layer) => classNameMap[layer.getClassName()] === undefined)
  if (stranger === undefined) return
  throw new PipelineProblem({
    title: `The network cannot be written for TensorFlow.js: its layer ${stranger.name} is none of tf.layers, and no other program knows what it does.`,
    facts: [['kind of layer', stranger.getClassName()]],
    hint: "Use format: 'safetensors', which holds the weights alone; of a batch ensemble, write what mergeMembers() gives.",
  })
}
