/** A network's weights as a PyTorch `state_dict`, with common module names and permuted kernels. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import { sizeOf, type Weights } from '../../../stdlib/network.ts'
import type { StoredTensor } from '../../store/safetensors.ts'
import { weightedModules } from './layers.ts'
import { tensorName } from './modules.ts'

/** @returns undefined for a layer without a PyTorch module */
export function pytorchTensors(model: LayersModel, weights: Weights): ReadonlyMap<string, StoredTensor> | undefined {
  const modules = weightedModules(model)
  if ('layer' in modules) return undefined
  const tensors = new Map<string, { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> }>()
  for (const { names, weights: own } of modules)
    for (const { name, tensor, shape, from, added } of own) {
      const zeros = () => ({ dtype: 'F32' as const, shape, data: new Float32Array(sizeOf(shape)) })
      // Several layers may share a tensor.
      const full = tensorName(names[0]!, tensor)
      const { data } = tensors.get(full) ?? tensors.set(full, zeros()).get(full)!
      for (const [at, value] of weights.get(name)!.entries()) data[from(at)] = value
      if (added !== undefined) tensors.set(tensorName(names[0]!, added), zeros())
    }
  return tensors
}
