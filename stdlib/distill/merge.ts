/**
 * The members of a batch ensemble as one network (Nam et al., 2022): W ∘ r̄ along what a layer reads ∘ s̄ along what it gives, each mean on
 * its own (not the mean of their products), and the bias, which lies inside the scaling, ∘ s̄. Batch norm stays as it is.
 */
import { PipelineProblem } from '../../dsl/problem.ts'
import { batchEnsembleOf } from '../models/batch-ensemble.ts'
import type { Network, Topology } from '../network.ts'

/** `base` is the topology of the network without members. @throws PipelineProblem for a network without members */
export function mergeMembers({ topology, weights, masks }: Network, base: Topology): Network {
  const ensemble = batchEnsembleOf(topology.model)
  if (ensemble === undefined) {
    throw new PipelineProblem({
      title: `The network ${topology.model.name} has no members to merge.`,
      facts: [],
      hint: 'Train a batchEnsemble(model, members) first.',
    })
  }
  const merged = new Map(
    base.parameters.map(({ name, layer, role, shape }) => {
      const values = weights.get(name)!
      const [r, s] = [weights.get(`${layer}/r`), weights.get(`${layer}/s`)]
      if (r === undefined || s === undefined) return [name, values]
      const given = means(s, ensemble.members)
      const outputs = given.length
      if (role === 'bias') return [name, values.map((value, i) => value * given[i]!)]
      const read = means(r, ensemble.members)
      const inputs = shape.at(-2)!
      return [name, values.map((value, i) => value * read[Math.floor(i / outputs) % inputs]! * given[i % outputs]!)]
    }),
  )
  return { topology: base, weights: merged, masks }
}

/** Over members, in double precision. */
function means(factors: Float32Array, members: number): Float64Array {
  const width = factors.length / members
  const sums = new Float64Array(width)
  for (const [i, factor] of factors.entries()) sums[i % width]! += factor
  return sums.map((sum) => sum / members)
}
