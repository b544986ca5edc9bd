/** The properties of every metric, for code that compares, selects or shows values. docs/metrics.md defines each metric. */

export interface Metric {
  /** `fraction` is from 0 to 1; `count` is an integer, although its mean over seeds need not be. */
  readonly unit: 'fraction' | 'nats' | 'count' | 'ratio' | 'score'
  /** Undefined if neither direction is better. */
  readonly better: 'higher' | 'lower' | undefined
  /** The range of the values. */
  readonly range: Range
}

export type Range = readonly [least: number, most: number]

const positive: Range = [0, Number.POSITIVE_INFINITY]
const fraction = (better: Metric['better']): Metric => ({ unit: 'fraction', better, range: [0, 1] })
const nats: Metric = { unit: 'nats', better: 'lower', range: positive }
const count: Metric = { unit: 'count', better: 'lower', range: positive }
const ratio: Metric = { unit: 'ratio', better: 'higher', range: positive }

/** Measured on a split: `validation/accuracy`. */
const ofSplit: { readonly [name: string]: Metric } = {
  accuracy: fraction('higher'),
  top5: fraction('higher'),
  loss: nats,
  'batch-loss': nats,
  brier: { unit: 'score', better: 'lower', range: [0, 2] },
  ece: fraction('lower'),
  perplexity: { unit: 'score', better: 'lower', range: [1, Number.POSITIVE_INFINITY] },
  r2: { unit: 'score', better: 'higher', range: [Number.NEGATIVE_INFINITY, 1] },
  rmse: { unit: 'score', better: 'lower', range: positive },
  'calibrated-loss': nats,
  'calibrated-ece': fraction('lower'),
  'teacher-kl': nats,
  'teacher-agreement': fraction('higher'),
}

const ofNetwork: { readonly [name: string]: Metric } = {
  temperature: { unit: 'ratio', better: undefined, range: positive },
  parameters: count,
  compressionRatio: ratio,
  macs: count,
  speedup: ratio,
  sparsity: fraction('higher'),
  density: fraction('lower'),
  bytes: count,
  'training/macs': count,
  'training/teacher-macs': count,
  'earlyStop/step': count,
  'selected/step': count,
  'prune/flips': fraction(undefined),
}

/** Undefined for an unknown metric. */
export function metricCalled(name: string): Metric | undefined {
  if (Object.hasOwn(ofNetwork, name)) return ofNetwork[name]
  if (/^density\/./.test(name)) return fraction(undefined)
  const [, whole = ''] = /^(?:earlyStop\/)?(?:train|validation|test)\/(.+)$/.exec(name) ?? []
  // For one of several targets.
  const measure = /^(r2|rmse)\/./.exec(whole)?.[1] ?? whole
  return Object.hasOwn(ofSplit, measure) ? ofSplit[measure] : undefined
}

/** Whether it uses the test split: a selection by it has no unbiased estimate. */
export const readsTest = (name: string): boolean => /^(earlyStop\/)?test\//.test(name)
