/** Experiment trackers, on request (`--tensorboard`, `--mlflow`). */
import type { ProblemText } from '../../dsl/check/problem.ts'
import { clusterProblems } from '../execution/cluster/problems.ts'
import { standardError } from '../format/output.ts'
import { problemLines } from '../problem.ts'
import type { Prepared } from '../project/prepare.ts'
import type { RunEvent } from '../run-event.ts'

export interface TrackersAsked {
  /** A folder. */
  readonly tensorboard: string | undefined
  /** A server's address. */
  readonly mlflow: string | undefined
}

export interface Trackers {
  note(event: RunEvent, warn: (problem: ProblemText) => void): void
  /** Call it after the results are shown and before the store is closed, which it reads. */
  close(): Promise<void>
}

/** @throws StoreProblem for a detached run */
export function refuseTrackers({ tensorboard, mlflow }: TrackersAsked): void {
  if (tensorboard !== undefined || mlflow !== undefined) throw clusterProblems.detachUntold()
}

/** Loads a tracker only on request. @throws StoreProblem for a folder that another run writes into */
export async function trackersFor(prepared: Prepared, { tensorboard: folder, mlflow: url }: TrackersAsked): Promise<Trackers | undefined> {
  if (folder === undefined && url === undefined) return undefined
  const { RunFollower } = await import('../interop/tracking/follow-run.ts')
  const study = (await import('../project/tracked-study.ts')).trackedStudy(prepared)
  const { results, objects } = prepared.store
  const giveBack = folder === undefined ? undefined : (await import('../interop/tensorboard/turn.ts')).takeFolder(folder)
  const trackers = [
    ...(folder === undefined ? [] : [(await import('../interop/tensorboard/tensorboard.ts')).tensorboard(folder, study.arms)]),
    ...(url === undefined ? [] : [(await import('../interop/mlflow/mlflow.ts')).mlflow({ url, study, objects, environment: process.env })]),
  ]
  // After the end is shown, warnings are no longer drawn by the renderer.
  let warn = (problem: ProblemText) => standardError.print(problemLines(problem))
  const atEnd = warn
  const followers = trackers.map((tracker) => new RunFollower({ arms: study.arms, results, tracker, warn: (problem) => warn(problem) }))
  return {
    note(event, duringRun) {
      warn = event.event === 'done' ? atEnd : duringRun
      for (const follower of followers) follower.note(event)
    },
    async close() {
      warn = atEnd
      await Promise.all(followers.map((follower) => follower.close()))
      giveBack?.()
    },
  }
}
