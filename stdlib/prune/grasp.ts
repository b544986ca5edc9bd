/**
 * GraSP: gradient signal preservation (Wang, Zhang & Grosse, ICLR 2020, arXiv 2002.07376, equation 8): with g = ∂L/∂w and H the Hessian,
 * the removal of w changes ‖g‖² by −2 · w · (Hg) to first order, so the largest −w · (Hg) are removed, which are the smallest w · (Hg).
 * Logits are divided by a temperature, 200 in the authors' code; g and Hg are sums over the same batches.
 *
 * Hg is computed by finite differences of gradients along g:
 *
 *   Hg ≈ ‖g‖ · (g(w + ε·g/‖g‖) − g(w − ε·g/‖g‖)) / 2ε,  ε = ‖w‖ / 1,000
 *
 * which is exact up to ε² and the rounding of gradients; batch norm uses the statistics of the batches, as in the code.
 */
import type { Weights } from '../network.ts'
import type { CriterionOf, IterativeCriterion, Scores } from './criterion.ts'
import { type GradientSums, gradientFor, type LossGradient } from './loss-gradient.ts'

export const graspCriterion: IterativeCriterion<CriterionOf<'grasp'>> = {
  rounds: () => 1,
  async scorer(criterion, { topology }, services) {
    const gradient = await gradientFor(criterion, topology.model, services, criterion.temperature)
    return { scores: async ({ weights }) => graspScores(weights, gradient), dispose: () => gradient.dispose() }
  },
}

export async function graspScores(weights: Weights, gradient: Pick<LossGradient, 'at'>): Promise<Scores> {
  const product = await hessianGradient(weights, gradient)
  return new Map([...product].map(([name, values]) => [name, weights.get(name)!.map((weight, i) => weight * values[i]!)]))
}

/** Hg of all kernels together. */
export async function hessianGradient(weights: Weights, gradient: Pick<LossGradient, 'at'>): Promise<GradientSums> {
  const g = await gradient.at(weights, 1)
  const along = norm(g.values())
  if (along === 0) return g
  const step = norm([...g.keys()].map((name) => weights.get(name)!)) / 1000
  const beside = (sign: 1 | -1) =>
    gradient.at(new Map([...weights].map(([name, values]) => [name, moved(values, g.get(name), (sign * step) / along)])), 1)
  const [ahead, behind] = [await beside(1), await beside(-1)]
  return new Map(
    [...ahead].map(([name, values]) => [name, values.map((value, i) => ((value - behind.get(name)![i]!) * along) / (2 * step))]),
  )
}

const moved = (values: Float32Array, direction: Float64Array | undefined, by: number): Float32Array =>
  direction === undefined ? values : values.map((value, i) => value + by * direction[i]!)

function norm(all: Iterable<ArrayLike<number>>): number {
  let sum = 0
  for (const values of all) for (let i = 0; i < values.length; i++) sum += values[i]! ** 2
  return Math.sqrt(sum)
}
