/** The graph of a run that is over, from what it left: which stage read what another one made. */
import type { RunStage } from '../store/journal.ts'
import type { StageResult } from '../store/results.ts'
import type { Edge } from './graph.ts'
import { inputsOf } from './stage-record.ts'

/**
 * A stage with a result says itself what it was made from. One that failed or was skipped left nothing: where the file still has it, it is
 * known from there, else only that it waited for the one that failed.
 * @param results of its stages that are still in the store, by key
 * @param planned edges of the file as it is now
 * @returns between stages of the run
 */
export function runEdges(
  stages: readonly RunStage[],
  results: ReadonlyMap<string, Pick<StageResult, 'artifact' | 'snapshots' | 'manifest'>>,
  planned: readonly Edge[],
): Edge[] {
  const resultOf = ({ key }: RunStage) => (key === null ? undefined : results.get(key))
  const makers = new Map<string, string>()
  for (const stage of stages) {
    const { artifact, snapshots = {} } = resultOf(stage) ?? {}
    for (const digest of [artifact, ...Object.values(snapshots)])
      if (digest !== undefined) makers.set(digest, makers.get(digest) ?? stage.path)
  }
  const paths = new Set(stages.map(({ path }) => path))
  const known = Map.groupBy(planned, ({ to }) => to)
  return stages.flatMap((stage): readonly Edge[] => {
    const { path: to, because } = stage
    const result = resultOf(stage)
    if (result !== undefined)
      return inputsOf(result.manifest).flatMap(({ role, digest }) => {
        const from = makers.get(digest)
        return from === undefined || from === to ? [] : [{ from, to, role }]
      })
    const now = (known.get(to) ?? []).filter(({ from }) => paths.has(from))
    if (now.length > 0) return now
    const failed = because?.replace(/ failed$/, '')
    return failed !== undefined && failed !== because && paths.has(failed) ? [{ from: failed, to, role: 'model' }] : []
  })
}
