/** Losses for training on labels, and custom metrics. */
import { problem, shown } from '../check/checks.ts'
import type { FunctionRef } from '../check/function-reference.ts'
import type { Data } from './data.ts'

/** A loss from the labels and the network's outputs. */
export interface Objective {
  readonly kind: 'objective'
  /** Called so where it does not fit. */
  readonly name: string
  /** What labels it learns; undefined for any. */
  readonly learns?: 'classes' | 'numbers'
  /** The user's; undefined for those that go without saying. */
  readonly fn?: FunctionRef
}

/** Mean −log p(label), in nats, over classes, or over the next tokens of a text. The default for both. */
export const crossEntropy = (): Objective => Object.freeze({ kind: 'objective', name: 'crossEntropy()', learns: 'classes' })

/** Mean (prediction − target)², with normalised targets. The default for regression. */
export const meanSquaredError = (): Objective => Object.freeze({ kind: 'objective', name: 'meanSquaredError()', learns: 'numbers' })

/** A custom metric, which results contain as `validation/NAME` and `test/NAME`. */
export interface Metric {
  readonly kind: 'metric'
  readonly name: string
  readonly fn: FunctionRef
  readonly better: 'lower' | 'higher'
}

/** Custom metrics by name, in the form of an evaluate stage. `better` is not in the key. */
export interface Measured {
  readonly metrics?: { readonly [name: string]: FunctionRef }
  readonly better?: { readonly [name: string]: 'lower' | 'higher' }
}

/** @throws PipelineProblem for a value that is not an objective, and for one that does not fit the data */
export const objectiveOf = (given: unknown, data: Pick<Data<number>, 'spec' | 'predicts'>): FunctionRef | undefined => {
  if (given === undefined) return undefined
  if (!isA<Objective>(given, 'objective')) {
    throw problem(
      'task() takes an objective.',
      { verb: 'task()', option: 'objective', value: shown(given) },
      'Leave it out for the default, or write objective(({ tf, outputs, labels }) => …).',
    )
  }
  const found = data.predicts === 'numbers' ? 'numbers' : 'classes'
  if (given.learns === undefined || given.learns === found) return given.fn
  throw problem(
    `${given.name} learns ${given.learns}, and ${data.spec.name} has ${data.predicts ?? 'classes'}.`,
    { verb: 'task()', option: 'objective', value: given.name },
    'Leave it out for the default, or choose other data.',
  )
}

/** @throws PipelineProblem for anything but a list of metrics with different names */
export const measuredBy = (given: unknown): Measured => {
  if (given === undefined) return {}
  const all: readonly unknown[] = Array.isArray(given) ? given : [given]
  const metrics = all.filter((each) => isA<Metric>(each, 'metric'))
  if (metrics.length < all.length || new Set(metrics.map(({ name }) => name)).size < metrics.length) {
    throw problem(
      'task() takes a list of metrics with different names.',
      { verb: 'task()', option: 'metrics', value: shown(given) },
      "For example metrics: [metric('mae', fn, { better: 'lower' })].",
    )
  }
  if (metrics.length === 0) return {}
  return {
    metrics: Object.fromEntries(metrics.map(({ name, fn }) => [name, fn])),
    better: Object.fromEntries(metrics.map(({ name, better }) => [name, better])),
  }
}

const isA = <P extends { readonly kind: string }>(value: unknown, kind: P['kind']): value is P =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
