/** Runs in lines: the list of them, and one with its stages and table. */
import { aligned } from '../format/width.ts'
import { duration, moment } from '../format/words.ts'
import type { StageCounts } from '../run-event.ts'
import type { RunEntry } from '../store/journal.ts'
import type { ListedRun, RunRecord, RunsView } from '../views/run-record.ts'
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

export function runDetails({ stages, log, table, statistics, ...run }: RunRecord): string[] {
  const rows = stages.map(({ path, outcome, seconds, key, because }) => [
    outcome,
    path,
    key?.slice(0, 12) ?? '',
    seconds > 0 ? duration(seconds) : '',
    because ?? '',
  ])
  return [
    `run ${run.id} · ${run.status} · ${moment(Date.parse(run.started))}${run.seconds === null ? '' : ` · ${duration(run.seconds)}`}`,
    `  pipeline  ${nameOf(run)}`,
    `  log       ${log}`,
    ...(rows.length === 0 ? [] : ['', ...aligned(rows, ['left', 'left', 'left', 'right', 'left'])]),
    ...(table.rows.length === 0 ? [] : ['', ...tableLines(table), ...statisticsLines(statistics)]),
  ]
}

export function nameOf({ file, target }: Pick<RunEntry, 'file' | 'target'>): string {
  return target === null || target === 'default' ? file : `${file}#${target}`
}

const took = ({ seconds }: ListedRun): string => (seconds === null ? '–' : duration(seconds))

/** How many stages had each outcome: `3 hit · 1 run`. */
export const outcomes = ({ hit, run, resumed, failed, skipped }: StageCounts): string =>
  Object.entries({ hit, run, resumed, failed, skipped })
    .flatMap(([outcome, count]) => (count > 0 ? [`${count} ${outcome}`] : []))
    .join(' · ')
