/**
 * Linear mode connectivity (Frankle, Dziugaite, Roy & Carbin, ICML 2020, arXiv 1912.05671, section 2): two copies are trained from the same
 * weights under different noise (data order, dropout), and evaluated along the line between them.
 *
 *   instability = max over α of error((1 − α)·θ_A + α·θ_B) − mean of error(θ_A), error(θ_B)
 *
 * The paper calls a network stable below 0.02. Batch norm's running statistics are interpolated too.
 */
import { inRange, optionsOf, orMore } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, type Pipeline, type Study, sweep, type Weights } from '../../dsl/index.ts'

export interface ConnectivityOptions {
  /** Points on the line, including both ends. 2 or more, default 31: thirty intervals. */
  readonly points?: number
  /** Seeds of the two copies' data order and noise. Default 1 and 2. */
  readonly seeds?: readonly [number, number]
}

/**
 * A study of one line, from the current weights: `init().pipe(linearModeConnectivity())`; for a dense network at epoch k `train().rewind({
 * epoch: k }).pipe(…)`; for a ticket `train().pipe(imp({ … })).rewind({ epoch: k }).pipe(…)`. Its axis is `at`.
 */
export const linearModeConnectivity =
  (options: ConnectivityOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, Weights, M, K>): Study => {
    const verb = 'linearModeConnectivity()'
    optionsOf(verb, options, ['points', 'seeds'])
    const points = inRange(verb, 'points', options.points ?? 31, orMore(2, 'The ends count.'))
    const [one, other] = options.seeds ?? [1, 2]
    const [a, b] = [p.train({ seed: one }), p.train({ seed: other })]
    return sweep({ at: Array.from({ length: points }, (_, i) => i / (points - 1)) }, ({ at }) => a.interpolate(b, at))
  }

/** Computes the instability from the errors (fractions) measured along a line, including those at 0 and 1. Below 0.02 is stable. */
export const instability = (errors: readonly { readonly at: number; readonly error: number }[]): number => {
  const end = (place: number) => errors.find(({ at }) => at === place)?.error ?? Number.NaN
  return Math.max(...errors.map(({ error }) => error)) - (end(0) + end(1)) / 2
}
