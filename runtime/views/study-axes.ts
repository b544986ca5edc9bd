/** What the arms of a study differ in, and which of them belong to one line. */
import type { ArmResult } from '../run-event.ts'
import { type ArmGroup, isSeed } from './arms.ts'

type Labels = ArmResult['labels']

export interface StudyAxis {
  readonly name: string
  readonly values: readonly string[]
  /** All its values are numbers. */
  readonly numeric: boolean
}

/** Seeds left out, outermost first. */
export function axesOf(groups: readonly ArmGroup[]): StudyAxis[] {
  const values = new Map<string, Set<string>>()
  for (const { labels } of groups)
    for (const { axis, value } of labels) if (!isSeed({ axis })) values.set(axis, (values.get(axis) ?? new Set()).add(value))
  return [...values].map(([name, all]) => ({ name, values: [...all], numeric: [...all].every((value) => numberOf(value) !== undefined) }))
}

/** Undefined for a label that is no number. */
export function numberOf(label: string): number | undefined {
  const number = label.trim() === '' ? Number.NaN : Number(label)
  return Number.isFinite(number) ? number : undefined
}

/** By what an arm says of the axes `by`: its line's name. The empty string when that is nothing. */
export const lineOf = (labels: Labels, by: readonly string[]): string =>
  labels
    .filter(({ axis }) => by.includes(axis))
    .map(({ axis, value }) => (axis === 'arm' || numberOf(value) === undefined ? value : `${axis}=${value}`))
    .join(' / ')
