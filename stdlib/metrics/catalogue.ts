/** What every metric is: who compares, chooses or shows numbers asks here. docs/metrics.md says how each is computed. */

export interface Metric {
  /** `fraction` is of a whole; `count` is of whole things, though a mean over seeds need not be one. */
  readonly unit: 'fraction' | 'nats' | 'count' | 'ratio' | 'score'
  /** Undefined where neither more nor less is better. */
  readonly better: 'higher' | 'lower' | undefined
  /** What a value can be. */
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

/** Undefined for one that is not known. */
export function metricCalled(name: string): Metric | undefined {
  if (Object.hasOwn(ofNetwork, name)) return ofNetwork[name]
  if (/^density\/./.test(name)) return fraction(undefined)
  const [, whole = ''] = /^(?:earlyStop\/)?(?:train|validation|test)\/(.+)$/.exec(name) ?? []
  // Of one of several predicted numbers.
  const measure = /^(r2|rmse)\/./.exec(whole)?.[1] ?? whole
  return Object.hasOwn(ofSplit, measure) ? ofSplit[measure] : undefined
}

/** Whether the test split was looked at for it: what is chosen by it has no fair estimate any more. */
export const readsTest = (name: string): boolean => /^(earlyStop\/)?test\//.test(name)
