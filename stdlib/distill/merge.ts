/**
 * The members of a batch ensemble as one network (Nam et al., 2022): W ∘ r̄ along the inputs ∘ s̄ along the outputs, with separate means
 * (not the mean of the products), and the bias, which is inside the scaling, ∘ s̄. Batch norm stays as it is.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { batchEnsembleOf } from '../models/networks/batch-ensemble.ts'
import type { Network, Topology } from '../network.ts'

/**
 * `base` is the topology of the network without members. With `member`, its factors replace the means, which gives the network of this
 * member. @throws PipelineProblem for a network without members
 */
export function mergeMembers({ topology, weights, masks }: Network, base: Topology, member?: number): Network {
  const ensemble = batchEnsembleOf(topology.model)
  if (ensemble === undefined) {
    throw new PipelineProblem({
      title: `The network ${topology.model.name} has no members to merge.`,
      facts: {},
      hint: 'Train a batchEnsemble(model, members) first.',
    })
  }
  const factors = (all: Float32Array): Float64Array => {
    if (member === undefined) return means(all, ensemble.members)
    const width = all.length / ensemble.members
    return Float64Array.from(all.subarray(member * width, (member + 1) * width))
  }
  const merged = new Map(
    base.parameters.map(({ name, layer, role, shape }) => {
      const values = weights.get(name)!
      const [r, s] = [weights.get(`${layer}/r`), weights.get(`${layer}/s`)]
      if (r === undefined || s === undefined) return [name, values]
      const given = factors(s)
      if (role === 'bias') return [name, values.map((value, i) => value * given[i]!)]
      const read = factors(r)
      // The last axis of a depthwise kernel is its multiplier, the number of outputs of each input channel.
      const [inputs, last] = shape.slice(-2) as [number, number]
      const outputs = given.length
      return [name, values.map((value, i) => value * read[Math.floor(i / last) % inputs]! * given[i % outputs]!)]
    }),
  )
  // The factors of removed channels are masked too.
  const kept = [...masks].filter(([name]) => merged.has(name))
  return { topology: base, weights: merged, masks: new Map(kept) }
}

/** Over members, in double precision. */
function means(factors: Float32Array, members: number): Float64Array {
  const width = factors.length / members
  const sums = new Float64Array(width)
  for (const [i, factor] of factors.entries()) sums[i % width]! += factor
  return sums.map((sum) => sum / members)
}
