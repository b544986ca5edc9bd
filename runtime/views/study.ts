/** The arms of a study with all that was measured of them: what its table, its figures and its statistics are made of. */
import type { ArmResult } from '../run-event.ts'
import type { RunStage } from '../store/journal.ts'

export interface StudyView {
  readonly file: string
  readonly target: string
  /** Of those without a result, `metrics` is empty. */
  readonly arms: readonly StudiedArm[]
  /** Names of the curves that its trainings have. */
  readonly series: readonly string[]
}

export interface StudiedArm extends ArmResult {
  /** That lead to its network, the first one first; the key is null where it depends on what is still to come. */
  readonly trainings: readonly { readonly path: string; readonly key: string | null }[]
}

/** As a run has it, whose graph is not known: an arm's trainings are those that stand in it. */
export function armsOfRun(results: readonly ArmResult[], stages: readonly RunStage[]): StudiedArm[] {
  const trainings = stages.filter(({ kind }) => kind === 'train' || kind === 'distill')
  return results.map((result) => ({ ...result, trainings: trainings.filter(({ path }) => path.startsWith(`${result.path}/`)) }))
}
