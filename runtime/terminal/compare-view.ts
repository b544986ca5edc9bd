/** Two stages or two runs side by side, in words. */

import { canonical } from '../../dsl/check/canonical.ts'
import { short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import { duration, moment } from '../format/words.ts'
import type { Pair, RunComparison, StageComparison, StageDifference } from '../views/compare.ts'
import { nameOf } from './run-view.ts'

export function stageComparison(comparison: StageComparison): string[] {
  const { path, key, same, changes } = comparison
  return [
    ...aligned(
      [
        ['A', path.a ?? '–', key.a?.slice(0, 12) ?? ''],
        ['B', path.b ?? '–', key.b?.slice(0, 12) ?? ''],
      ],
      ['left', 'left', 'left'],
    ),
    same ? 'The same stage: equal keys.' : changes.length > 0 ? `Different: ${changes.join(' · ')}` : 'Different stages.',
    ...details(comparison),
  ]
}

export function runComparison({ a, b, stages }: RunComparison): string[] {
  const differing = stages.filter(({ same }) => !same)
  const equal = stages.length - differing.length
  return [
    ...[a, b].map(
      (run, i) =>
        `${'AB'[i]}  run ${run.id} · ${run.status} · ${moment(run.started)}${run.seconds === null ? '' : ` · ${duration(run.seconds)}`} · ${nameOf(run)}`,
    ),
    `${stages.length} stages, ${equal === stages.length ? 'all the same' : `${equal} the same, ${differing.length} different`}.`,
    ...differing.flatMap((stage) => [
      '',
      `${stage.path.b ?? stage.path.a ?? ''}  ${stage.outcome.a ?? 'not there'} → ${stage.outcome.b ?? 'not there'}`,
      ...(stage.changes.length > 0 ? [`  ${stage.changes.join(' · ')}`] : []),
      ...(stage.key.a === null || stage.key.b === null ? [] : details(stage)),
    ]),
  ]
}

function details({ options, metrics }: StageDifference): string[] {
  const optionRows = Object.entries(options).map(([name, { a, b }]) => [name, words(a), words(b), ''])
  const metricRows = Object.entries(metrics).map(([name, pair]) => [
    name,
    ...[pair.a, pair.b].map((each) => (each === null ? '–' : short(each))),
    change(pair),
  ])
  const rows = [...optionRows, ...metricRows]
  return rows.length === 0 ? [] : aligned([['', 'A', 'B', 'B − A'], ...rows]).map((line) => `  ${line}`)
}

const words = (value: Parameters<typeof canonical>[0]): string =>
  value === null ? '–' : typeof value === 'string' ? value : canonical(value)

function change({ a, b }: Pair<number>): string {
  if (a === null || b === null || a === b) return ''
  return b > a ? `+${short(b - a)}` : `−${short(a - b)}`
}
