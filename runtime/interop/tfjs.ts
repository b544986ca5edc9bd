/** A network in the format of TensorFlow.js, loadable with tf.loadLayersModel without this library. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { LayersModel, Tf } from '../../stdlib/engine.ts'
import { layersOf } from '../../stdlib/models/structure/rebuild.ts'
import { parametersOf } from '../../stdlib/models/structure/topology.ts'
import { sizeOf, type Weights } from '../../stdlib/network.ts'
import { sha256 } from '../format/hash.ts'
import type { ExportFormat } from './export-format.ts'

/** Maximum size of a weight file: browsers cache files up to this size. */
const shard = 4 * 1024 * 1024

interface Named {
  readonly weights: readonly { readonly originalName: string }[]
}

export const tfjs: ExportFormat = {
  refuse: refuseUnknownLayers,
  async files({ network: { topology, weights } }, services) {
    const [{ tf }, { model }] = [await services.engine(), await services.network(topology.model)]
    return savedFiles(tf, model, weights)
  },
  folder: {
    foreign(folder) {
      try {
        const { generatedBy } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { readonly generatedBy?: unknown }
        if (generatedBy === 'espalier') return undefined
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      }
      return 'it holds a model.json that is not from here'
    },
    earlier: (name) => /^group1-shard\d+of\d+-[0-9a-f]{16}\.bin$/.test(name),
  },
}

/** @throws PipelineProblem for layers outside of tf.layers, which other programs cannot load */
function savedFiles(tf: Tf, model: LayersModel, weights: Weights): ReadonlyMap<string, Uint8Array> {
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
  // Named by content, so that the files of an older network stay readable until its model.json is replaced.
  const paths = shards.map((content, i) => `group1-shard${i + 1}of${count}-${sha256(content).slice(0, 16)}.bin`)
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
  const unknown = layersOf(model).find((layer) => classNameMap[layer.getClassName()] === undefined)
  if (unknown === undefined) return
  throw new PipelineProblem({
    title: `The network cannot be written for TensorFlow.js: its layer ${unknown.name} is not one of tf.layers, so no other program could load it.`,
    facts: { 'kind of layer': unknown.getClassName() },
    hint: "Use format: 'safetensors', which holds only the weights; of a batch ensemble, write what mergeMembers() gives.",
  })
}
