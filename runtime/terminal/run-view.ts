/** Runs as text: the list, and a single run with its stages and table. */
import { aligned, widthOf } from '../format/width.ts'
import { counted, duration, moment, shortDigest } from '../format/words.ts'
import type { StageCounts } from '../run-event.ts'
import { type RunEntry, stageOutcomes } from '../store/journal.ts'
import type { ListedRun, RunRecord, RunsView } from '../views/run-record.ts'
import { fitted } from './fitted.ts'
import { statisticsLines } from './statistics.ts'
import { tableLines } from './table.ts'

export function runLines({ runs }: RunsView): string[] {
  if (runs.length === 0) return ['No runs to show.']
  const rows = runs.map((run) => [
    String(run.id),
    run.status,
    moment(Date.parse(run.started)),
    took(run),
    run.stages === null ? '–' : outcomes(run.stages),
    nameOf(run),
  ])
  return aligned([['run', 'status', 'started', 'took', 'stages', 'pipeline'], ...rows], ['right', 'left', 'left', 'right', 'left', 'left'])
}

/** With more stages than this, they are summarised by arm. */
const most = 40

/** @param columns of the screen */
export function runDetails(
  { stages, log, table, statistics, arms, artifacts, ...run }: RunRecord,
  { columns }: { readonly columns: number },
): string[] {
  const stageLines = stages.length > most && arms.length > 1 ? overview(arms, stages, columns) : listed(stages, columns)
  return [
    `run ${run.id} · ${run.status} · ${moment(Date.parse(run.started))}${run.seconds === null ? '' : ` · ${duration(run.seconds)}`}`,
    `  pipeline  ${nameOf(run)}`,
    `  log       ${log}`,
    ...(stageLines.length === 0 ? [] : ['', ...stageLines]),
    ...(table.rows.length === 0 || table.columns.length === 0 ? [] : ['', ...tableLines(table, columns)]),
    ...statisticsLines(statistics, columns),
    ...artifactLines(artifacts),
  ]
}

/** One line per stage, or two on a narrow screen. */
function listed(stages: RunRecord['stages'], columns: number): string[] {
  const rows = stages.map(({ path, outcome, seconds, key, because }) => [
    outcome,
    path,
    key?.slice(0, 12) ?? '',
    seconds > 0 ? duration(seconds) : '',
    because ?? '',
  ])
  const lines = aligned(rows, ['left', 'left', 'left', 'right', 'left'])
  if (lines.every((line) => widthOf(line) <= columns)) return lines
  return rows.flatMap(([outcome = '', path = '', ...more]) => {
    const rest = more.filter((part) => part !== '').join('  ')
    return [`${outcome.padEnd(7)}  ${path}`, ...(rest === '' ? [] : [`         ${rest}`])]
  })
}

/** A summary of every arm, and all failed stages. */
function overview(arms: RunRecord['arms'], stages: RunRecord['stages'], columns: number): string[] {
  const { lines } = fitted(
    [
      { title: 'arm', cells: arms.map(({ arm }) => (arm === '' ? 'for all' : arm)) },
      ...stageOutcomes
        .filter((outcome) => arms.some(({ counts }) => counts[outcome] !== undefined))
        .map((outcome) => ({ title: outcome, cells: arms.map(({ counts }) => String(counts[outcome] ?? '')) })),
      { title: 'took', cells: arms.map(({ seconds }) => (seconds > 0 ? duration(seconds) : '')), spare: 1 },
    ],
    columns,
  )
  const failed = stages.filter(({ outcome }) => outcome === 'failed')
  return [
    `${counted(stages.length, 'stage')} of ${counted(arms.length, 'arm')}; --arm TEXT shows those of one:`,
    ...lines,
    ...(failed.length === 0 ? [] : ['', ...listed(failed.slice(0, most), columns)]),
    ...(failed.length > most ? [`… and ${failed.length - most} more that failed`] : []),
  ]
}

const seedsShown = 4

/** One line per arm, with the artifact of each seed. */
function artifactLines({ seeds, arms }: RunRecord['artifacts']): string[] {
  if (arms.length === 0) return []
  const head = seeds.length > 1 ? [['', ...seeds.slice(0, seedsShown).map((seed) => `seed ${seed}`)]] : []
  const rows = arms
    .slice(0, most)
    .map(({ name, bySeed }) => [name, ...bySeed.slice(0, seedsShown).map((artifact) => (artifact === null ? '' : shortDigest(artifact)))])
  return [
    '',
    'Artifacts (SHA-256):',
    ...aligned([...head, ...rows]).map((line) => `  ${line}`),
    ...(arms.length > most || seeds.length > seedsShown ? ['  … and more; --json lists them all'] : []),
  ]
}

export function nameOf({ file, target }: Pick<RunEntry, 'file' | 'target'>): string {
  return target === null || target === 'default' ? file : `${file}#${target}`
}

const took = ({ seconds }: ListedRun): string => (seconds === null ? '–' : duration(seconds))

/** Number of stages by outcome: `3 hit · 1 run`. */
export const outcomes = ({ hit, run, resumed, failed, skipped }: StageCounts): string =>
  Object.entries({ hit, run, resumed, failed, skipped })
    .flatMap(([outcome, count]) => (count > 0 ? [`${count} ${outcome}`] : []))
    .join(' · ')
