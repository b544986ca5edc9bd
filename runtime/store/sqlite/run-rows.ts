/** Restores rows of runs that the index has lost from their logs: their stages and targets keep results from being removed by gc. */
import { dirname, resolve } from 'node:path'
import { canonical } from '../../../dsl/check/canonical.ts'
import { parseTarget } from '../../format/target-name.ts'
import type { Layout } from '../folder/layout.ts'
import { loggedRuns, readRunLog } from '../folder/run-log.ts'
import type { IndexFault } from '../inventory.ts'
import type { LogLine } from '../journal.ts'
import { isMap, isText } from '../result-form.ts'
import { stagesIn } from '../run-stages.ts'
import type { IndexDb } from './index-db.ts'
import { insertRow } from './salvage.ts'
import { type Cells, wholeRow } from './tables.ts'

function unwrittenRuns(index: IndexDb, layout: Layout): number[] {
  const known = new Set(index.all('SELECT id FROM runs').map(({ id }) => id))
  return loggedRuns(layout).filter((run) => !known.has(run))
}

export function runFaults(index: IndexDb, layout: Layout): IndexFault[] {
  return unwrittenRuns(index, layout).map((run) => ({ what: `run ${run}`, wrong: 'it has a log and is not in the index' }))
}

/** Adds rows for runs that have only a log, and then missing targets, each with the keys of its newest run. */
export function restoreRuns(index: IndexDb, layout: Layout): void {
  for (const run of unwrittenRuns(index, layout)) {
    const lines = readRunLog(layout, run)
    index.transaction(() => {
      insertRow(index, 'runs', runRow(layout, run, lines))
      for (const [position, stage] of stagesIn(lines).entries()) insertRow(index, 'run_stages', { run, position, ...stage })
    })
  }
  index.transaction(() => {
    for (const { id, file, target } of index.read('runs', ['id', 'file', 'target'], 'FROM runs ORDER BY id DESC')) {
      const stages = index.read('run_stages', ['path', 'key'], 'FROM run_stages WHERE run = ? AND key IS NOT NULL', id)
      const keys = canonical(Object.fromEntries(stages.map(({ path, key }) => [path, key])))
      if (stages.length > 0 && target !== null) insertRow(index, 'targets', { file, target, keys })
    }
  })
}

function runRow({ root }: Layout, run: number, lines: readonly LogLine[]): Cells {
  const start = lines.find(({ event }) => event === 'start')
  const done = lines.find(({ event }) => event === 'done')
  const name = typeof start?.file === 'string' ? parseTarget(start.file) : undefined
  // Logs of earlier versions contain the file as the user gave it, usually relative to the project's folder.
  const guessed = { file: resolve(dirname(root), name?.file ?? ''), target: name?.target ?? 'default' }
  const { file, target } = isMap(start?.run) ? start.run : {}
  const begun = isText(file) && isText(target) ? { file, target } : guessed
  const status = done === undefined ? null : done.interrupted === true ? 'interrupted' : done.ok === true ? 'done' : 'failed'
  const finished = done === undefined ? null : timeOf(lines.at(-1))
  const [counts, seconds] = done === undefined ? [null, null] : [JSON.stringify(done.stages ?? null), Number(done.seconds)]
  return wholeRow('runs', { id: run, ...begun, started: timeOf(lines[0]), finished, status, counts, seconds, process: null }).row!
}

const timeOf = (line: LogLine | undefined): number => Math.max(0, Date.parse(String(line?.time)) || 0)
