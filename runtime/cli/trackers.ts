/** Programs that show experiments, for those who ask for them with `--tensorboard` or `--mlflow`. */
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
  /** After everything else but the store, which it reads: the results are shown. */
  close(): Promise<void>
}

/** @throws StoreProblem for a run that goes on without this process */
export function refuseTrackers({ tensorboard, mlflow }: TrackersAsked): void {
  if (tensorboard !== undefined || mlflow !== undefined) throw clusterProblems.detachUntold()
}

/** Loads what tells them only when one is asked for. @throws StoreProblem for a folder that another run writes into */
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
  // Once the end is shown nothing is drawn any more.
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
