/** A worker process: runs stages one after the other and keeps its cache between them. Started by `worker-process.ts`, never by hand. */
import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import { runStage } from '../../kinds/run-stage.ts'
import { storeFiles } from '../../store/files.ts'
import { WorkerCache } from '../../worker/cache.ts'
import { asFailure, failures } from '../../worker/problems.ts'
import { type FromWorker, type Job, ToWorker } from '../protocol.ts'

const heartbeatMs = 1000
const decode = Schema.decodeUnknownExit(ToWorker)

// What the user's functions call may be many frames deep in tfjs.
Error.stackTraceLimit = 64

let cache: WorkerCache | undefined
let stopping = false
let terminating = false
let busy = false

const send = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve())
    else resolve()
  })

process.on('message', (message) => {
  const decoded = decode(message)
  if (Exit.isFailure(decoded)) {
    // The other side is another version; it sees this process end and says so.
    process.stderr.write(`${failures.notUnderstood(String(decoded.cause)).message}\n`)
    process.exit(2)
  }
  if (decoded.value.type === 'stop') stopping = true
  else void run(decoded.value.job)
})

// The terminal sends Ctrl-C to the whole group; only the scheduler decides what to do about it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {
  stopping = true
  terminating = true
  if (!busy) process.exit(0)
})
// Without a scheduler nobody would take the result, and another run may be about to start the same stage.
process.on('disconnect', () => process.exit(0))

setInterval(() => void send({ type: 'heartbeat' }), heartbeatMs)
void send({ type: 'ready' })

async function run(job: Job): Promise<void> {
  busy = true
  stopping = terminating
  const files = storeFiles(job.store)
  cache ??= new WorkerCache(files, { ...job.engine, threads: job.threads })
  cache.begin(job)
  try {
    const end = await runStage(job.work, { job, ...files, report: (message) => void send(message), stopping: () => stopping }, cache)
    await send('stoppedAt' in end ? { type: 'stopped', step: end.stoppedAt, steps: end.steps } : { type: 'done', outcome: end })
  } catch (cause) {
    const { kind, transient, title, facts, hint } = asFailure(cause)
    await send({ type: 'failed', kind, transient, title, facts, hint })
  }
  busy = false
  if (terminating) process.exit(0)
}
