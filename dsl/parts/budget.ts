/** Budgets: fractions of the network's cost, for pruning whole channels. */
import { inRange, problem, ranges, shown } from '../check/checks.ts'
import { dictionary, number, optional, words } from '../check/form.ts'

/** The cost: multiply-accumulates, trainable parameters, or time from a table. */
const costs = ['macs', 'parameters', 'latency'] as const
type CostKind = (typeof costs)[number]

/** Removes at least this fraction of the network's MACs, of its parameters, or of its time from a table, in [0, 1). */
export type Budget = { readonly [K in CostKind]: { readonly [C in K]: number } }[CostKind]

/** Layers that a sparsity names; a budget names none. */
export type LayersIn<S> = S extends number ? never : Exclude<keyof S & string, CostKind>

/** Options of a stage. Absent: a fraction counts channels. */
export const counting = {
  /** The cost that the fraction refers to. */
  counts: optional(words(costs)),
  /**
   * For `latency`: the time of each layer before pruning, in milliseconds or any unit. A layer's time is proportional to its MACs. A table
   * rather than a measurement, so that equal pipelines prune in the same way on every machine.
   */
  milliseconds: optional(dictionary(number(ranges.notNegative))),
}

/** A budget in the form of a stage, with the other options; undefined for a fraction, and for fractions of layers. */
export const budgetIn = (verb: string, sparsity: unknown, options: unknown) => {
  if (typeof sparsity !== 'object' || sparsity === null) return undefined
  const named = Object.entries(sparsity).filter(([, share]) => share !== undefined)
  const counts = costs.find((cost) => named.some(([name]) => name === cost))
  if (counts === undefined) return undefined
  if (named.length > 1) {
    throw problem(
      'There is one budget, for the whole network.',
      { verb, value: shown(sparsity), allowed: costs.map((cost) => `{ ${cost}: … }`).join(', ') },
      'Give one budget, or a fraction for each layer.',
    )
  }
  const share = inRange(verb, counts, named[0]![1], ranges.sparsity)
  if (typeof options !== 'object' || options === null) return { share, counted: { counts, ...timesIn(verb, counts, undefined) }, options }
  const { milliseconds, ...rest } = options as { readonly milliseconds?: unknown }
  return { share, counted: { counts, ...timesIn(verb, counts, milliseconds) }, options: rest }
}

const timesIn = (verb: string, counts: CostKind, given: unknown): { readonly milliseconds?: { readonly [layer: string]: number } } => {
  if ((counts === 'latency') !== (given !== undefined)) {
    throw problem(
      'A budget of latency needs the time that each layer takes, and no other budget does.',
      {
        verb,
        option: 'milliseconds',
        value: shown(given),
        allowed: counts === 'latency' ? 'a time for each layer' : 'nothing without latency',
      },
      'For example filterL1({ latency: 0.5 }, { milliseconds: { conv1: 0.8, conv2: 1.6, out: 0.1 } }).',
    )
  }
  if (given === undefined) return {}
  const wrong = counting.milliseconds.misfit(given, 'milliseconds')
  if (wrong === undefined) return { milliseconds: given as { readonly [layer: string]: number } } // as the form says
  return { milliseconds: { [wrong.path]: inRange(verb, wrong.path, wrong.value, ranges.notNegative) } }
}
