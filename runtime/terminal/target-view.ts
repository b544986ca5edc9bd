/** `espalier ls` for people: each target with its size, what it tries, and what its author says. */

import { printable } from '../format/words.ts'
import type { ListedTarget } from '../project/load/listed.ts'

/** A target for people and programs. */
export interface TargetDescription {
  readonly name: string
  readonly kind: ListedTarget['kind']
  readonly arms: number
  readonly stages: number
  /** What its arms differ in, outermost first, with the labels of each. */
  readonly axes: readonly { readonly axis: string; readonly labels: readonly string[] }[]
  readonly comment: string | null
  readonly at: ListedTarget['at'] | null
}

/** Labels of an axis that are named; the rest are counted. */
const shown = 8

export function targetLines(file: string, opening: string | undefined, targets: readonly TargetDescription[]): string[] {
  const width = Math.max(...targets.map(({ name }) => name.length))
  const indent = ' '.repeat(width + 2)
  return [
    printable(file),
    ...(opening === undefined ? [] : opening.split('\n').map((line) => (line === '' ? '' : `  ${printable(line)}`))),
    ...targets.flatMap(({ name, arms, stages, axes, comment }) => [
      '',
      `${name.padEnd(width)}  ${arms} ${arms === 1 ? 'arm' : 'arms'} · ${stages} stages`,
      ...axes.map(({ axis, labels }) => `${indent}${axis}: ${list(labels)}`),
      ...(comment === null ? [] : comment.split('\n').map((line) => (line === '' ? '' : `${indent}${printable(line)}`))),
    ]),
  ]
}

function list(labels: readonly string[]): string {
  const named = labels.slice(0, shown).map(printable).join(', ')
  return labels.length > shown ? `${named}, … (${labels.length})` : named
}
