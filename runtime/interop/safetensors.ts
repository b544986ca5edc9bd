/** Weights in one file, by `layer/weight` or as a `state_dict` of PyTorch's; what was pruned is zero. */
import { canonical } from '../../dsl/check/canonical.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { type StoredTensor, writeSafetensors } from '../store/safetensors.ts'
import type { ExportFormat } from './export-format.ts'
import { pytorchTensors } from './pytorch/write.ts'

export const safetensors: ExportFormat = {
  async files({ network: { topology, weights }, artifact, options: { layout = 'espalier' } }, services) {
    const { model, input, classes, parameters } = topology
    const facts = { artifact, model: canonical({ ...model }), input: input.join(','), classes: String(classes) }
    if (layout === 'pytorch') {
      const tensors = pytorchTensors((await services.network(model)).model, weights)
      if (tensors === undefined) throw noModules(model.name)
      return new Map([['', writeSafetensors(tensors, { ...facts, layout, format: 'pt' })]])
    }
    const tensors = parameters.map(({ name, shape }): [string, StoredTensor] => [name, { dtype: 'F32', shape, data: weights.get(name)! }])
    return new Map([['', writeSafetensors(new Map(tensors), facts)]])
  },
}

const noModules = (network: string): PipelineProblem =>
  new PipelineProblem({
    title: 'The network has layers that PyTorch has no module for.',
    facts: { network },
    hint: "Leave out layout: 'pytorch'; of a batch ensemble, write what mergeMembers() gives.",
  })
