/** Reconstructs the graph of a finished run from its results. */
import type { RunStage } from '../store/journal.ts'
import type { StageResult } from '../store/results.ts'
import type { Edge } from './graph.ts'
import { inputsOf } from './stage-record.ts'

/**
 * The inputs of a stage with a result are in its manifest. For failed and skipped stages the edges come from the current file if it still
 * has them; otherwise a skipped stage gets one edge from the stage that failed.
 * @param results those still in the store, by key
 * @param planned edges of the current file
 * @returns edges between stages of the run
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
