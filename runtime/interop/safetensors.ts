/** Weights by `layer/weight` in one file; what was pruned is zero. */
import { canonical } from '../../dsl/check/canonical.ts'
import { type StoredTensor, writeSafetensors } from '../store/safetensors.ts'
import type { ExportFormat } from './export-format.ts'

export const safetensors: ExportFormat = {
  async files({ network: { topology, weights }, artifact }) {
    const tensors = topology.parameters.map(({ name, shape }): [string, StoredTensor] => [
      name,
      { dtype: 'F32', shape, data: weights.get(name)! },
    ])
    const { model, input, classes } = topology
    const facts = { artifact, model: canonical({ ...model }), input: input.join(','), classes: String(classes) }
    return new Map([['', writeSafetensors(new Map(tensors), facts)]])
  },
}
