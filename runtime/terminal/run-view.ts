/** Runs in words: the list of them, and one with its stages and table. */

import { duration, moment, printable } from '../format/words.ts'
import type { ArmResult } from '../run-event.ts'
import type { RunEntry, RunStage } from '../store/journal.ts'
import { armStatistics, statisticsLines } from './statistics.ts'
import { aligned, table } from './table.ts'

export function runLines(runs: readonly RunEntry[]): string[] {
  const rows = runs.map((run) => [String(run.id), run.status, moment(run.started), took(run), counts(run), nameOf(run)])
  return aligned([['run', 'status', 'started', 'took', 'stages', 'pipeline'], ...rows], ['right', 'left', 'left', 'right', 'left', 'left'])
}

export interface RunShown {
  readonly run: RunEntry
  readonly stages: readonly RunStage[]
  readonly results: readonly ArmResult[]
  readonly log: string
}

export function runDetails({ run, stages, results, log }: RunShown): string[] {
  const rows = stages.map(({ path, outcome, seconds, key, because }) => [
    outcome,
    printable(path),
    key?.slice(0, 12) ?? '',
    seconds > 0 ? duration(seconds) : '',
    because === null ? '' : printable(because),
  ])
  return [
    `run ${run.id} · ${run.status} · ${moment(run.started)}${run.seconds === null ? '' : ` · ${duration(run.seconds)}`}`,
    `  pipeline  ${nameOf(run)}`,
    `  log       ${log}`,
    ...(rows.length === 0 ? [] : ['', ...aligned(rows, ['left', 'left', 'left', 'right', 'left'])]),
    ...(results.length === 0 ? [] : ['', ...table(results), ...statisticsLines(armStatistics(results))]),
  ]
}

export function nameOf({ file, target }: Pick<RunEntry, 'file' | 'target'>): string {
  return printable(target === null || target === 'default' ? file : `${file}#${target}`)
}

const took = ({ seconds }: RunEntry): string => (seconds === null ? '–' : duration(seconds))

function counts({ stages }: RunEntry): string {
  if (stages === null) return '–'
  const { hit, run, resumed, failed, skipped } = stages
  return Object.entries({ hit, run, resumed, failed, skipped })
    .flatMap(([outcome, count]) => (count > 0 ? [`${count} ${outcome}`] : []))
    .join(' · ')
}
