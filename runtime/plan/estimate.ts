/** Estimates of stage durations from earlier results: of the same place in a pipeline, otherwise of the same kind. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import type { Results, StageDuration } from '../store/results.ts'
import type { PlannedStage } from './plan.ts'

/** Seconds by path, for stages that the plan has to run; no entry without earlier results. */
export async function expectedSeconds(
  { stages }: Graph,
  planned: readonly Pick<PlannedStage, 'id' | 'status'>[],
  results: Pick<Results, 'durations' | 'lastDurations'>,
): Promise<ReadonlyMap<string, number>> {
  const hits = new Set(planned.filter(({ status }) => status === 'hit').map(({ id }) => id))
  const kinds = new Map<string, number | undefined>()
  const expected = new Map<string, number>()
  const open = stages.filter(({ id }) => !hits.has(id))
  const last = await results.lastDurations(open)
  for (const [i, stage] of open.entries()) {
    const here = secondsPerUnit([last[i] ?? []].flat())
    if (here === undefined && !kinds.has(stage.kind)) kinds.set(stage.kind, secondsPerUnit(await results.durations(stage.kind)))
    const rate = here ?? kinds.get(stage.kind)
    if (rate !== undefined) expected.set(stage.path, rate * unitsOf(stage.options))
  }
  return expected
}

/** Wall time on `slots`, in seconds; undefined if fewer than half of the stages to run have an estimate. */
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

function secondsPerUnit(known: readonly StageDuration[]): number | undefined {
  if (known.length === 0) return undefined
  return known.reduce((sum, { seconds, options }) => sum + seconds / unitsOf(options), 0) / known.length
}

/** Epochs of a training; 1 for other stages. */
function unitsOf(options: Stage['options'] | Json): number {
  const { epochs, from } = Object(options) as { readonly epochs?: number; readonly from?: number }
  return typeof epochs === 'number' ? Math.max(1, epochs - (from ?? 0)) : 1
}
