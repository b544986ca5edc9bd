/** The targets of a pipeline file as text. */

import { padEnd, widthOf } from '../format/width.ts'
import { counted } from '../format/words.ts'
import type { TargetsView } from '../views/targets.ts'

/** Most labels listed per axis. */
const shown = 8

export function targetLines({ file, comment: opening, targets }: TargetsView): string[] {
  const width = Math.max(...targets.map(({ name }) => widthOf(name)))
  const indent = ' '.repeat(width + 2)
  return [
    file,
    ...(opening === null ? [] : opening.split('\n').map((line) => (line === '' ? '' : `  ${line}`))),
    ...targets.flatMap(({ name, arms, stages, axes, comment }) => [
      '',
      `${padEnd(name, width)}  ${counted(arms, 'arm')} · ${stages} stages`,
      ...axes.map(({ axis, labels }) => `${indent}${axis}: ${list(labels)}`),
      ...(comment === null ? [] : comment.split('\n').map((line) => (line === '' ? '' : `${indent}${line}`))),
    ]),
  ]
}

function list(labels: readonly string[]): string {
  const named = labels.slice(0, shown).join(', ')
  return labels.length > shown ? `${named}, … (${labels.length})` : named
}
