/** Weights in one file, by `layer/weight` or as a PyTorch `state_dict`. Pruned weights are zero. */
import { type StoredTensor, writeSafetensors } from '../store/safetensors.ts'
import type { ExportFormat } from './export-format.ts'
import { factsOf, refuseUnknown, stateDict, torchFile } from './pytorch/file.ts'
import { isLoader, loader } from './pytorch/loader.ts'

export const safetensors: ExportFormat = {
  refuse(_, model, asked) {
    if (asked.options.layout === 'pytorch') refuseUnknown(model, asked)
  },
  async files(exported, services) {
    const { network, options } = exported
    const { topology, weights } = network
    if (options.layout === 'pytorch') {
      const { model } = await services.network(topology.model)
      if (options.normalize === undefined) return new Map([['', stateDict(model, exported)]])
      const { normalisation } = await services.dataset(options.normalize.data)
      return new Map([
        ['../load.py', new TextEncoder().encode(loader)],
        ['', torchFile(model, exported, normalisation).content],
      ])
    }
    const { parameters } = topology
    const tensors = parameters.map(({ name, shape }): [string, StoredTensor] => [name, { dtype: 'F32', shape, data: weights.get(name)! }])
    return new Map([['', writeSafetensors(new Map(tensors), factsOf(exported))]])
  },
  beside: isLoader,
}
