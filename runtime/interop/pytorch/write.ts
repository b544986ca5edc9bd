/** A network's weights as a `state_dict` of PyTorch's: modules by the names that its users give them, kernels turned. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import type { Weights } from '../../../stdlib/network.ts'
import type { StoredTensor } from '../../store/safetensors.ts'
import { weightedLayers } from './layers.ts'
import { torchNames } from './match.ts'

/** @returns undefined when a layer is of a kind that PyTorch has no module for */
export function pytorchTensors(model: LayersModel, weights: Weights): ReadonlyMap<string, StoredTensor> | undefined {
  const layers = weightedLayers(model)
  if (layers === undefined) return undefined
  return new Map(
    layers.flatMap(({ name: layer, weights: own }) =>
      own.map(({ name, tensor, shape, from }): [string, StoredTensor] => {
        const values = weights.get(name)!
        const data = new Float32Array(values.length)
        for (const [at, value] of values.entries()) data[from(at)] = value
        return [`${torchNames(layer)[0]}.${tensor}`, { dtype: 'F32', shape, data }]
      }),
    ),
  )
}
