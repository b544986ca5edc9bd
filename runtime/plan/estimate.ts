/** How long stages may take, from results of earlier runs: of the same place in a pipeline, or else of the same kind. */
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import type { Json } from '../../dsl/graph/stage-options.ts'
import type { IndexDb, Row } from '../store/sqlite/index-db.ts'
import type { PlannedStage } from './plan.ts'

/** Seconds of those stages that a plan has to run, by path; without an entry where nothing is known. */
export function expectedSeconds(
  { stages }: Graph,
  planned: readonly Pick<PlannedStage, 'id' | 'status'>[],
  index: Pick<IndexDb, 'all'>,
): ReadonlyMap<string, number> {
  const hits = new Set(planned.filter(({ status }) => status === 'hit').map(({ id }) => id))
  const kinds = new Map<string, number | undefined>()
  const expected = new Map<string, number>()
  for (const stage of stages) {
    if (hits.has(stage.id)) continue
    const here = index.all(
      'SELECT seconds, manifest FROM places JOIN results USING (key) WHERE places.path = ? AND kind = ? ORDER BY seen DESC LIMIT 1',
      stage.path,
      stage.kind,
    )
    if (!kinds.has(stage.kind))
      kinds.set(stage.kind, secondsPerUnit(index.all('SELECT seconds, manifest FROM results WHERE kind = ? LIMIT 200', stage.kind)))
    const rate = secondsPerUnit(here) ?? kinds.get(stage.kind)
    if (rate !== undefined) expected.set(stage.path, rate * unitsOf(stage.options))
  }
  return expected
}

/** Over the slots; undefined when nothing is known of most stages that are to run. @returns seconds */
export function timeFor(
  expected: ReadonlyMap<string, number>,
  planned: readonly Pick<PlannedStage, 'status'>[],
  slots: number,
): number | undefined {
  const open = planned.filter(({ status }) => status !== 'hit').length
  if (open === 0 || expected.size * 2 < open) return undefined
  const seconds = [...expected.values()]
  return Math.max(seconds.reduce((sum, each) => sum + each, 0) / slots, ...seconds)
}

function secondsPerUnit(rows: readonly Row[]): number | undefined {
  if (rows.length === 0) return undefined
  const rates = rows.map(({ seconds, manifest }) => {
    const { options } = JSON.parse(String(manifest)) as { readonly options: Json } // as `manifestOf` made it
    return Number(seconds) / unitsOf(options)
  })
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length
}

/** Epochs of a training; anything else is done once. */
function unitsOf(options: Stage['options'] | Json): number {
  const { epochs, from } = Object(options) as { readonly epochs?: number; readonly from?: number }
  return typeof epochs === 'number' ? Math.max(1, epochs - (from ?? 0)) : 1
}
