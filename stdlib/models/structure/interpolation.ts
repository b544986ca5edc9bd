/** Points on the line between two networks: (1 − at) · a + at · b, for every weight, including batch norm's running statistics. */
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Masks, Network } from '../../network.ts'

/**
 * @throws PipelineProblem for networks with different parameters, and for different masks, because points on the line would not have either
 * mask
 */
export function between(a: Network, b: Network, at: number): Network {
  const strange = a.topology.parameters.find(({ name }) => a.weights.get(name)!.length !== b.weights.get(name)?.length)
  if (strange !== undefined || a.weights.size !== b.weights.size) {
    throw unlike('do not have the same parameters', strange?.name ?? 'their number', 'Take two networks of one architecture.')
  }
  const masked = [...new Set([...a.masks.keys(), ...b.masks.keys()])].find((name) => !equal(a.masks, b.masks, name))
  if (masked !== undefined) {
    throw unlike('do not have the same masks', masked, 'Prune first, and train two copies of the pruned network.')
  }
  const weights = new Map(
    [...a.weights].map(([name, values]) => {
      const others = b.weights.get(name)!
      return [name, values.map((value, i) => (1 - at) * value + at * others[i]!)]
    }),
  )
  return { ...a, weights }
}

function equal(a: Masks, b: Masks, name: string): boolean {
  const [own, other] = [a.get(name), b.get(name)]
  return own !== undefined && other !== undefined && own.every((bit, i) => bit === other[i])
}

const unlike = (what: string, where: string, hint: string) =>
  new PipelineProblem({ title: `The two networks to interpolate ${what}.`, facts: { 'differs in': where }, hint })
