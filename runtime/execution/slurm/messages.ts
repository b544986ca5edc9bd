/**
 * Messages between the coordinator and a job on a node, one file each. Files are written whole and renamed; readers reject files that do
 * not decode, are not plain files, or are too large. Only the coordinator opens a database.
 */
import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import { openPlain } from '../../plain-file.ts'
import { isCode, writeDurably } from '../../store/durable-file.ts'
import { Outcome, stageReports, Whole } from '../../worker/stage-context.ts'
import { Failed, Halted, Job, Problem } from '../protocol.ts'
import { slurmFailures } from './problems.ts'

const [Started, Progress, Metrics] = stageReports
/** A job may wait while the program is updated. */
const format = 'espalier/slurm/1'
const head = { format: Schema.Literal(format), task: Schema.String }

/** Written by the coordinator before the job is submitted. */
export const Task = Schema.Struct({
  ...head,
  job: Job,
  /** Heartbeat interval, in seconds. */
  beatSeconds: Schema.Number,
})
export type Task = typeof Task.Type

/** The current task of a stage, and the coordinator that takes its outcome. Files of other tasks are ignored. */
export const Owner = Schema.Struct({ ...head, coordinator: Schema.String })

/** The job array that it was submitted in, and its index. */
export const PlaceMessage = Schema.Struct({ ...head, name: Schema.String, index: Whole })

/** A node's heartbeat: the newest report of each kind, and the number of points files. */
export const Status = Schema.Struct({
  ...head,
  beat: Whole,
  node: Schema.String,
  started: Schema.NullOr(Started),
  progress: Schema.NullOr(Progress),
  points: Whole,
})
export type Status = typeof Status.Type

export const Points = Schema.Struct({ ...head, metrics: Metrics })

export const Ended = Schema.Struct({
  ...head,
  end: Schema.Union([
    Schema.Struct({ type: Schema.Literal('done'), outcome: Outcome }),
    Schema.Struct({
      ...Halted.fields,
      /** `limit`: its time limit was near. `terminated`: Slurm ended the job, and may restart it. */
      because: Schema.Literals(['asked', 'limit', 'terminated']),
    }),
    Failed,
    /** Not started: the node lacks something. */
    Schema.Struct({ type: Schema.Literal('refused'), ...Problem }),
  ]),
})
export type Ended = typeof Ended.Type

/** Limit in bytes, far larger than any message that is written. */
const largest = 64e6

/** @returns undefined when there is no such file (yet) @throws StageFailure for an invalid message */
export async function read<T, E>(file: string, form: Schema.Codec<T, E>): Promise<T | undefined> {
  let text: string
  try {
    await using handle = await openPlain(file)
    const { size } = await handle.stat()
    if (size > largest) throw slurmFailures.notAMessage(file, `it has ${size} bytes`)
    text = await handle.readFile('utf8')
  } catch (cause) {
    // ESTALE: the file was replaced on its server during the read; the next poll finds it.
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ESTALE')) return undefined
    throw slurmFailures.unreadable(file, cause)
  }
  const decoded = Schema.decodeUnknownExit(Schema.fromJsonString(form))(text)
  if (Exit.isSuccess(decoded)) return decoded.value
  throw slurmFailures.notAMessage(file, String(decoded.cause))
}

/** @param folder where the file is, on a file system that both sides see */
export function write<T, E>(file: string, folder: string, form: Schema.Codec<T, E>, message: Omit<T, 'format'>): Promise<void> {
  const text = Schema.encodeSync(Schema.fromJsonString(form))({ format, ...message } as T)
  return writeDurably(file, Buffer.from(text), folder)
}
