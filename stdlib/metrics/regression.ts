/** Metrics of regression. */

/** Predictions and targets, both in the units of the data: [examples, numbers], row-major. */
export interface Estimates {
  readonly outputs: Float64Array
  readonly targets: Float64Array
  /** The number of targets of each example. */
  readonly width: number
}

/** The root of the mean of (prediction − target)² over examples, averaged over the targets. */
export const rootMeanSquaredError = (estimates: Estimates): number =>
  meanOf(columnsApart(estimates).map(({ outputs, targets }) => Math.sqrt(meanOf(squares(outputs, targets)))))

/**
 * R², the explained fraction of the variance: 1 − Σ (y − ŷ)² / Σ (y − ȳ)² over the examples, with ȳ their mean; averaged over several
 * targets. At most 1; predicting the mean of these examples gives 0. For a constant target it is 1 if the prediction is exact, else 0.
 */
export const determination = (estimates: Estimates): number =>
  meanOf(
    columnsApart(estimates).map(({ outputs, targets }) => {
      const mean = meanOf(targets)
      const [left, all] = [sum(squares(outputs, targets)), sum(targets.map((target) => (target - mean) ** 2))]
      return all === 0 ? (left === 0 ? 1 : 0) : 1 - left / all
    }),
  )

/** For each of several targets separately. */
export const columnsApart = ({ outputs, targets, width }: Estimates): readonly Estimates[] =>
  Array.from({ length: width }, (_, column) => {
    const of = (values: Float64Array) => values.filter((__, i) => i % width === column)
    return { outputs: of(outputs), targets: of(targets), width: 1 }
  })

/** Mean over members, number by number. */
export const averaged = (members: readonly Float32Array[]): Float64Array =>
  Float64Array.from(members[0]!, (_, i) => meanOf(members.map((values) => values[i]!)))

const squares = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => (value - b[i]!) ** 2)
const sum = (values: Iterable<number>): number => {
  let all = 0
  for (const value of values) all += value
  return all
}
const meanOf = (values: ArrayLike<number> & Iterable<number>): number => sum(values) / values.length
