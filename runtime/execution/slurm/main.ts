/**
 * A Slurm job on its node: runs one stage in a worker process, with files as input and output. Started by the script that `script.ts`
 * writes. It opens no database: what it computes counts once the coordinator has read it.
 */
import { basename, dirname } from 'node:path'
import * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import { standardError } from '../../format/output.ts'
import { problemLines, type StageFailure } from '../../problem.ts'
import { openFiles } from '../../store/files.ts'
import { asFailure } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import { localExecutor } from '../local/executor.ts'
import type { Job } from '../protocol.ts'
import type { Ended } from './messages.ts'
import { NodeLacks, nodeFor } from './node.ts'
import { limitSignal } from './script.ts'
import { RunFiles, TaskFiles } from './tasks.ts'
import { Teller } from './teller.ts'

const [, , home = '', objects = '', folder = '', runOf = ''] = process.argv // as the script passes them
const restarts = Number(basename(runOf).replace('run-', ''))
const files = new TaskFiles(dirname(folder), basename(folder))
const run = new RunFiles(files.id, runOf)

/** Why the stage has to stop; the first reason counts. */
let because: 'asked' | 'limit' | 'terminated' | undefined
let stopJob = () => {}
const stopFor = (reason: NonNullable<typeof because>) => {
  because ??= reason
  stopJob()
}
process.on(limitSignal, () => stopFor('limit'))
process.on('SIGTERM', () => stopFor('terminated'))

async function carryOut(): Promise<Ended['end'] | undefined> {
  const task = await files.task()
  // sbatch may have accepted a submission whose response was lost; the next one counts.
  const place = await files.place()
  if (task === undefined || place?.name !== process.env.SLURM_JOB_NAME || !(await isCurrent())) return undefined
  const store = await openFiles({ home, objects })
  let job: Job
  let node: Awaited<ReturnType<typeof nodeFor>>
  try {
    node = await nodeFor(task.job)
    job = { ...task.job, engine: node.engine }
  } catch (cause) {
    if (!(cause instanceof NodeLacks)) throw cause
    standardError.print(problemLines(cause))
    const { title, facts, hint } = cause
    return { type: 'refused', title, facts, hint }
  }
  // An earlier start may have got further than the checkpoint that the job names.
  if (restarts > 0 && (await store.checkpoints.list(job.key)).length > 0) job = { ...job, resume: true, continueFrom: null }
  const teller = new Teller(run, task.beatSeconds)
  const stillCounts = async () => {
    const current = await isCurrent()
    if (current && (await files.isAskedToStop())) stopFor('asked')
    return current
  }
  return Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const executor = yield* localExecutor({ store, gpus: node.gpus })
        stopJob = () => executor.stop(job.id)
        const computing = executor.run(job, { place: 'usual', bytes: 0 }, (event) => {
          teller.hear(event)
          if (event.type === 'assigned' && because !== undefined) executor.stop(job.id)
        })
        // The worker of a superseded task is ended too, so that it writes no checkpoint beside its successor's.
        const beats = Effect.promise(() => teller.beat(stillCounts))
        const exit = yield* Effect.exit(Effect.raceFirst(computing, beats))
        if (Exit.isSuccess(exit) && exit.value === undefined) return undefined
        yield* Effect.promise(() => teller.flush())
        return Exit.isSuccess(exit) ? endOf(exit.value!) : failed(asFailure(Cause.squash(exit.cause)))
      }),
    ),
  )
}

function endOf(ended: Outcome | Stopped): Ended['end'] {
  if (!('stoppedAt' in ended)) return { type: 'done', outcome: ended }
  const { stoppedAt: step, steps } = ended
  return { type: 'stopped', step, steps, because: because ?? 'terminated' }
}

function failed({ kind, transient, title, facts, hint }: StageFailure): Ended['end'] {
  return { type: 'failed', kind, transient, title, facts, hint }
}

/** Whether this start counts: neither another submission of the stage nor a later start of this one has superseded it. */
async function isCurrent(): Promise<boolean> {
  const [counts, last] = await Promise.all([files.counts(), files.lastRun()])
  return counts && (last ?? restarts) <= restarts
}

const end = await carryOut().catch((cause: unknown): Ended['end'] => failed(asFailure(cause)))
// A superseded task reports nothing.
if (end !== undefined && (await isCurrent())) await run.writeEnded(end)
process.exit(0)
