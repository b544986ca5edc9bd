/** The axes of a study, and the names of lines in a plot. */
import type { ArmResult } from '../run-event.ts'
import { type ArmGroup, isSeed } from './arms.ts'

type Labels = ArmResult['labels']

export interface StudyAxis {
  readonly name: string
  readonly values: readonly string[]
  /** Whether all values are numbers. */
  readonly numeric: boolean
}

/** Outermost first, without seeds. */
export function axesOf(groups: readonly ArmGroup[]): StudyAxis[] {
  const values = new Map<string, Set<string>>()
  for (const { labels } of groups)
    for (const { axis, value } of labels) if (!isSeed({ axis })) values.set(axis, (values.get(axis) ?? new Set()).add(value))
  return [...values].map(([name, all]) => ({ name, values: [...all], numeric: [...all].every((value) => numberOf(value) !== undefined) }))
}

/** Undefined for a label that is not a number. */
export function numberOf(label: string): number | undefined {
  const number = label.trim() === '' ? Number.NaN : Number(label)
  return Number.isFinite(number) ? number : undefined
}

/** Name of the line that an arm belongs to: its labels on the axes `by`. Empty if it has none. */
export const lineOf = (labels: Labels, by: readonly string[]): string =>
  labels
    .filter(({ axis }) => by.includes(axis))
    .map(({ axis, value }) => (axis === 'arm' || numberOf(value) === undefined ? value : `${axis}=${value}`))
    .join(' / ')
