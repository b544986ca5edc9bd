/** What a figure is made of before it has a size: Observable Plot's marks and axes, and what its lines are called. */
import type * as Plot from '@observablehq/plot'
import type { Spread } from '../../stdlib/metrics/spread.ts'
import type { Measure } from '../views/measure.ts'
import type { Missing } from '../views/trade-off.ts'
import type { Bars } from './asked.ts'
import type { Style } from './theme.ts'

export interface Drawing {
  readonly plot: Pick<Plot.PlotOptions, 'x' | 'y'>
  readonly marks: readonly Plot.Markish[]
  readonly legend: readonly Entry[]
  /** Room for what is written left of the frame and below it, in points. */
  readonly left: number
  readonly below: number
  /** Of the frame; undefined where it goes by the width. */
  readonly height: number | undefined
  /** What the marks mean, for the caption. */
  readonly caption: string
}

export interface Entry {
  readonly name: string
  readonly style: Pick<Style, 'colour' | 'dash'> & Partial<Style> & { readonly width?: number }
  readonly line: boolean
  /** Where its line ends at the right, on the y axis: a name is written near it. */
  readonly end: number | undefined
}

const meanings: { readonly [B in Bars]: string } = {
  deviation: '± one sample standard deviation',
  interval: '95 % confidence interval of the mean (Student’s t)',
  range: 'from the least to the most',
}

export function barOf({ mean, std = 0, interval, min, max }: Spread, bars: Bars): readonly [number, number] {
  if (bars === 'interval') return interval ?? [mean, mean]
  return bars === 'range' ? [min, max] : [mean - std, mean + std]
}

export function caption(what: string, seeds: readonly number[], bars: Bars, drawn: string): string {
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)]
  const title = what.charAt(0).toUpperCase() + what.slice(1)
  if (most <= 1) return `${title}.`
  return `${title}: mean over ${least === most ? most : `${least} to ${most}`} seeds; ${drawn}: ${meanings[bars]}.`
}

/** Arms that are not in the figure. */
export const absent = (missing: readonly Missing[], what: 'result' | 'curve'): string[] =>
  missing.filter(({ measured }) => measured === 0).map(({ arm }) => `No ${what} yet of ${arm}.`)

/** A name with what is missing of it. */
export function nameWith(name: string, { measured, of }: Pick<Missing, 'measured' | 'of'>): string {
  return measured === of ? name : `${name} (${measured} of ${of} seeds)`
}

/** Its title, and large counts as `84G`. */
export function axisOf({ title, unit }: Measure): Plot.ScaleOptions {
  const units = { fraction: ' (%)', nats: ' (nats)', ratio: ' (×)', count: '', score: '' }
  return { label: `${title}${unit === null ? '' : units[unit]}`, ...(unit === 'count' ? { tickFormat: '~s' } : {}) }
}
