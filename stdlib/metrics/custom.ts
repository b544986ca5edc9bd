/** Custom metrics: one number from the outputs on a split. */
import { oneOf, optionsOf, problem, shown } from '../../dsl/check/checks.ts'
import { referenceToFunction } from '../../dsl/check/function-reference.ts'
import type { Metric } from '../../dsl/parts/objective.ts'
import { calling, wrongResult } from '../user-functions.ts'
import { metricCalled } from './catalogue.ts'

/** What a metric receives: the outputs for a split, and the labels. */
export interface MetricInputs {
  /**
   * [rows, width], row-major, with a row for each example or for each position of a sequence: logits, or log mean probabilities of several
   * networks; or predicted numbers, in the units of the data.
   */
  readonly outputs: Float64Array
  /** The class of each row, from 0; or `width` numbers, in the units of the data. */
  readonly labels: Float64Array
  /** The number of classes, of tokens, or of targets. */
  readonly width: number
}

/** → one finite number for all rows */
export type MetricFunction = (inputs: MetricInputs) => number

export interface MetricOptions {
  /** Which direction is better, for bold numbers in tables and for claims. */
  readonly better: 'lower' | 'higher'
}

/**
 * A custom metric: `task({ metrics: [metric('mae', ({ outputs, labels }) => …, { better: 'lower' })] })`. It is computed for the networks
 * at the ends of pipelines; results contain `validation/mae` and `test/mae`. What the function does is part of the key of these
 * evaluations.
 * @param name letters, digits, `_` and `-`; not the name of a built-in metric
 */
export const metric = (name: string, fn: MetricFunction, options: MetricOptions): Metric => {
  const verb = 'metric()'
  if (typeof name !== 'string' || !/^[A-Za-z][\w-]*$/.test(name) || metricCalled(`test/${name}`) !== undefined) {
    throw problem(
      'metric() needs a name of its own for results.',
      { verb, option: 'name', value: shown(name), allowed: 'letters, digits, _ and -, and no name that results have anyway' },
      "For example metric('mae', fn, { better: 'lower' }).",
    )
  }
  const { better } = optionsOf(verb, options, ['better'])
  return Object.freeze({
    kind: 'metric',
    name,
    fn: referenceToFunction('metric', verb, fn, "metric('mae', ({ outputs, labels }) => …, { better: 'lower' })"),
    better: oneOf(verb, 'better', better, ['lower', 'higher']),
  })
}

type Numbers = Float32Array | Float64Array | Int32Array

/** Passes copies, which the function may change. @throws FunctionProblem if the result is not a finite number */
export function measuredByFunction(
  name: string,
  fn: MetricFunction,
  { outputs, labels, width }: { readonly [part in 'outputs' | 'labels']: Numbers } & Pick<MetricInputs, 'width'>,
): number {
  const value: unknown = calling('metric', name, () =>
    fn({ outputs: Float64Array.from(outputs), labels: Float64Array.from(labels), width }),
  )
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw wrongResult(
    'metric',
    name,
    'Your metric did not give a finite number.',
    { given: String(value) },
    'Return one number for all rows.',
  )
}
