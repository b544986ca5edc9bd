/** Comparisons of two stages or two runs, as text. */

import { canonical } from '../../dsl/check/canonical.ts'
import { short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import { counted, duration, moment } from '../format/words.ts'
import type { ComparedOption, Pair, RunComparison, StageComparison, StageDifference } from '../views/compare.ts'
import { tableMetrics } from '../views/results-table.ts'
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
    ...alike(comparison),
  ]
}

/** Options with the same value in both; defaults last. */
function alike({ asked }: StageDifference): string[] {
  const same = asked.flatMap(({ name, differs, b }) =>
    differs || b === null ? [] : [{ text: `${name} ${words(b.value)}`, standard: b.standard }],
  )
  const list = (title: string, standard: boolean) => {
    const texts = same.filter((each) => each.standard === standard).map(({ text }) => text)
    return texts.length === 0 ? [] : ['', `${title}:`, ...texts.map((text) => `  ${text}`)]
  }
  return [...list('The same in both', false), ...list('By default in both', true)]
}

/** Most arms listed. */
const most = 40

export function runComparison({ a, b, arms, alone, stages }: RunComparison): string[] {
  const differing = stages.filter(({ same }) => !same)
  const equal = stages.length - differing.length
  return [
    ...[a, b].map(
      (run, i) =>
        `${'AB'[i]}  run ${run.id} · ${run.status} · ${moment(run.started)}${run.seconds === null ? '' : ` · ${duration(run.seconds)}`} · ${nameOf(run)}`,
    ),
    `${stages.length} stages, ${equal === stages.length ? 'all the same' : `${equal} the same, ${differing.length} different`}.`,
    ...(arms.length === 0
      ? []
      : [
          '',
          `${counted(arms.length, 'arm')} with different means:`,
          ...aligned(
            [
              ['arm', 'metric', 'A', 'B', 'B − A'],
              ...arms.slice(0, most).flatMap(({ arm, metrics }) =>
                Object.entries(metrics)
                  .filter(isTold)
                  .map(([name, pair], i) => [i === 0 ? arm : '', name, ...numbers(pair)]),
              ),
            ],
            ['left', 'left'],
          ).map((line) => `  ${line}`),
          ...(arms.length > most ? [`  … and ${arms.length - most} more; --json has all`] : []),
        ]),
    ...(['a', 'b'] as const).flatMap((side) => (alone[side].length === 0 ? [] : [`Only in ${side.toUpperCase()}: ${few(alone[side])}`])),
    ...differing.flatMap((stage, i) => [
      // Consecutive stages of only one run are listed without blank lines.
      ...(i > 0 && isAlone(stage) && isAlone(differing[i - 1]!) ? [] : ['']),
      `${stage.path.b ?? stage.path.a ?? ''}  ${stage.outcome.a ?? 'not there'} → ${stage.outcome.b ?? 'not there'}`,
      ...(stage.changes.length > 0 ? [`  ${stage.changes.join(' · ')}`] : []),
      ...(isAlone(stage) ? [] : details(stage)),
    ]),
  ]
}

const isAlone = ({ key }: StageDifference): boolean => key.a === null || key.b === null

function details({ asked, metrics }: StageDifference): string[] {
  const optionRows = asked.filter(({ differs }) => differs).map(({ name, a, b }) => [name, optionWords(a), optionWords(b), ''])
  const metricRows = Object.entries(metrics).map(([name, pair]) => [name, ...numbers(pair)])
  const rows = [...optionRows, ...metricRows]
  return rows.length === 0 ? [] : aligned([['', 'A', 'B', 'B − A'], ...rows]).map((line) => `  ${line}`)
}

const few = (names: readonly string[]): string => [...names.slice(0, 8), ...(names.length > 8 ? [`… (${names.length})`] : [])].join(', ')

const numbers = (pair: Pair<number>): string[] => [...[pair.a, pair.b].map((each) => (each === null ? '–' : short(each))), change(pair)]

/** Metrics shown in the table at the end of a run. */
const isTold = ([name]: readonly [string, unknown]): boolean => tableMetrics.includes(name)

const optionWords = (option: ComparedOption['a']): string =>
  option === null ? '–' : `${words(option.value)}${option.standard ? ' (default)' : ''}`

const words = (value: Parameters<typeof canonical>[0]): string =>
  value === null ? '–' : typeof value === 'string' ? value : canonical(value)

function change({ a, b }: Pair<number>): string {
  if (a === null || b === null || a === b) return ''
  return b > a ? `+${short(b - a)}` : `−${short(a - b)}`
}
