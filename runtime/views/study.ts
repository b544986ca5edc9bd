/** The arms of a study with all their measurements: the input of its table, figures and statistics. */
import type { ArmResult } from '../run-event.ts'
import type { RunStage } from '../store/journal.ts'

export interface StudyView {
  readonly file: string
  readonly target: string
  /** `metrics` is empty for arms without a result. */
  readonly arms: readonly StudiedArm[]
  /** Names of the curves of its trainings. */
  readonly series: readonly string[]
}

export interface StudiedArm extends ArmResult {
  /** Trainings of its network, in order; the key is null if it depends on results not yet computed. */
  readonly trainings: readonly { readonly path: string; readonly key: string | null }[]
}

/** For a run without a graph: an arm's trainings are those below its path. */
export function armsOfRun(results: readonly ArmResult[], stages: readonly RunStage[]): StudiedArm[] {
  const trainings = stages.filter(({ kind }) => kind === 'train' || kind === 'distill')
  return results.map((result) => ({ ...result, trainings: trainings.filter(({ path }) => path.startsWith(`${result.path}/`)) }))
}
