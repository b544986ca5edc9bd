/** Axis titles and units of measures. */
import type { Stage } from '../../dsl/graph/stage.ts'
import { type Metric, metricCalled } from '../../stdlib/metrics/catalogue.ts'
import type { Directions } from '../run-event.ts'

export interface Measure {
  readonly name: string
  /** `test accuracy` */
  readonly title: string
  /** Null for an unknown metric, and for an axis of the study. */
  readonly unit: Metric['unit'] | null
  readonly better: 'higher' | 'lower' | null
}

const words: ReadonlyMap<string, string> = new Map([
  ['compressionRatio', 'compression ratio'],
  ['speedup', 'theoretical speed-up'],
  ['macs', 'MACs'],
  ['training/macs', 'training MACs'],
  ['bytes', 'file size in bytes'],
])

/** Fractions are shown in percent. */
export const factorOf = ({ unit }: Measure): number => (unit === 'fraction' ? 100 : 1)

/** `test accuracy (%)`: the title with its unit. */
export const titleWithUnit = ({ title, unit }: Measure): string =>
  `${title}${unit === 'fraction' ? ' (%)' : unit === 'ratio' ? ' (×)' : ''}`

/** Directions of user-defined metrics. @param stage the one that evaluates an arm */
export function directionsIn(stage: Stage | undefined): { readonly better?: Directions } {
  if (stage?.kind !== 'evaluate' || stage.options.better === undefined) return {}
  const { splits, better } = stage.options
  return { better: Object.fromEntries(splits.flatMap((split) => Object.entries(better).map(([name, way]) => [`${split}/${name}`, way]))) }
}

/** Directions of user-defined metrics, merged over arms. */
export const directionsOf = (arms: readonly { readonly better?: Directions }[]): Directions =>
  Object.assign({}, ...arms.map(({ better }) => better))

/** @param directions of user-defined metrics */
export function measureCalled(name: string, directions: Directions = {}): Measure {
  const metric = metricCalled(name)
  const own = Object.hasOwn(directions, name) ? directions[name] : undefined
  const title =
    words.get(name) ??
    name
      .replaceAll(/[/-]/g, ' ')
      .replace(/^train\b/, 'training')
      .replace(/\b(ece|kl|macs)\b/g, (short) => short.toUpperCase())
  return { name, title, unit: metric?.unit ?? null, better: metric?.better ?? own ?? null }
}

/** An axis of the study, not a metric. */
export const variedCalled = (name: string): Measure => ({ name, title: name, unit: null, better: null })
