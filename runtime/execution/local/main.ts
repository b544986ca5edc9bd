/** A worker process: runs stages one after the other and keeps its cache between them. Started by `worker-process.ts` only. */
import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import { standardError } from '../../format/output.ts'
import { runStage } from '../../kinds/run-stage.ts'
import { problemLines } from '../../problem.ts'
import { openFiles } from '../../store/files.ts'
import { WorkerCache } from '../../worker/cache.ts'
import { withFiniteMetrics } from '../../worker/finite-metrics.ts'
import { asFailure, failures } from '../../worker/problems.ts'
import { type FromWorker, type Job, type Mark, ToWorker } from '../protocol.ts'
import { openChannel } from './channel.ts'

const heartbeatMs = 1000
const decode = Schema.decodeUnknownExit(ToWorker)

// Errors in user functions may be many tfjs frames deep.
Error.stackTraceLimit = 64

const [, , home, objects] = process.argv
const files = await openFiles({ home: home!, objects: objects! }) // as it is started
let cache: WorkerCache | undefined
let nonce: string | undefined
/** The running job. */
let current: Mark | undefined
let stopping = false
let terminating = false

// Without a scheduler nobody uses the result, and another run may be about to start the same stage.
const send = openChannel(hear, () => process.exit(0))

function hear(message: unknown): void {
  const decoded = decode(message)
  if (Exit.isFailure(decoded)) {
    // The other side is another version; it sees this process exit and reports it.
    standardError.print(problemLines(failures.notUnderstood(String(decoded.cause))))
    process.exit(2)
  }
  const { value } = decoded
  if (value.type === 'begin') nonce ??= value.nonce
  else if (value.type === 'run') void run(value.job)
  // The job may have ended since the request to stop was sent.
  else if (value.id === current?.id && value.attempt === current.attempt) stopping = true
}

/** Drops messages of a job that has ended. */
function tell(mark: Mark, message: FromWorker): void {
  if (mark !== current) return
  try {
    send({ ...mark, message })
  } catch {
    process.exit(0) // the scheduler is gone
  }
}

// The terminal sends Ctrl-C to the whole process group; only the scheduler handles it.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('SIGTERM', () => {
  stopping = true
  terminating = true
  if (current === undefined) process.exit(0)
})

setInterval(() => {
  if (current !== undefined) tell(current, { type: 'heartbeat' })
}, heartbeatMs)

async function run(job: Job): Promise<void> {
  if (nonce === undefined || current !== undefined) process.exit(2) // a violation of the protocol
  const { id, attempt } = job
  const mark = { nonce, id, attempt }
  current = mark
  stopping = terminating
  cache ??= new WorkerCache(files, { ...job.engine, threads: job.threads })
  cache.begin(job)
  const end = await runStage(job.work, { job, ...files, report: (report) => tell(mark, report), stopping: () => stopping }, cache)
    .then((end) => {
      cache?.settle() // before anything is stored
      return 'stoppedAt' in end ? end : withFiniteMetrics(end)
    })
    .then(
      (end): FromWorker =>
        'stoppedAt' in end ? { type: 'stopped', step: end.stoppedAt, steps: end.steps } : { type: 'done', outcome: end },
      (cause: unknown): FromWorker => {
        const { kind, transient, title, facts, hint } = asFailure(cause)
        return { type: 'failed', kind, transient, title, facts, hint }
      },
    )
  tell(mark, end)
  current = undefined
  if (terminating) process.exit(0)
}
