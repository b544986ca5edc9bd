/** How a measure is written on an axis: its name in words, and its unit. */
import type { Stage } from '../../dsl/graph/stage.ts'
import { type Metric, metricCalled } from '../../stdlib/metrics/catalogue.ts'
import type { Directions } from '../run-event.ts'

export interface Measure {
  readonly name: string
  /** `test accuracy` */
  readonly title: string
  /** Null for one that is not known, and for what a study varies. */
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

/** `test accuracy (%)`: its title with its unit, where a table or a page has room for no more. */
export const titleWithUnit = ({ title, unit }: Measure): string =>
  `${title}${unit === 'fraction' ? ' (%)' : unit === 'ratio' ? ' (×)' : ''}`

/** Of the stage that measures an arm. */
export function directionsIn(stage: Stage | undefined): { readonly better?: Directions } {
  if (stage?.kind !== 'evaluate' || stage.options.better === undefined) return {}
  const { splits, better } = stage.options
  return { better: Object.fromEntries(splits.flatMap((split) => Object.entries(better).map(([name, way]) => [`${split}/${name}`, way]))) }
}

/** Which way is better of the user's metrics, as the arms that were measured by them say. */
export const directionsOf = (arms: readonly { readonly better?: Directions }[]): Directions =>
  Object.assign({}, ...arms.map(({ better }) => better))

/** @param directions of metrics that are not the library's */
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

/** What a study varies, and no metric. */
export const variedCalled = (name: string): Measure => ({ name, title: name, unit: null, better: null })
