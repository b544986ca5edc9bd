/**
 * What the coordinator and a job on a node write for each other, one file a message. Files are written whole and renamed; what does not decode,
 * or is not a plain file of a sensible size, is refused by whoever reads it. Only the coordinator knows a database.
 */
import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import { openPlain } from '../../plain-file.ts'
import { isCode, writeDurably } from '../../store/durable-file.ts'
import { Outcome, stageReports, Whole } from '../../worker/stage-context.ts'
import { Failed, Halted, Job, Problem } from '../protocol.ts'
import { slurmFailures } from './problems.ts'

const [Started, Progress, Metrics] = stageReports
/** A job may wait while the program is replaced by another version. */
const format = 'espalier/slurm/1'
const head = { format: Schema.Literal(format), task: Schema.String }

/** Written by the coordinator before the job is submitted. */
export const Task = Schema.Struct({
  ...head,
  job: Job,
  /** Seconds between two signs of life. */
  beatSeconds: Schema.Number,
})
export type Task = typeof Task.Type

/** Which task of a stage counts, and who takes its outcome. The files of every other one mean nothing any more. */
export const Owner = Schema.Struct({ ...head, coordinator: Schema.String })

/** Which array of jobs it was submitted in, and where in it. */
export const PlaceMessage = Schema.Struct({ ...head, name: Schema.String, index: Whole })

/** The node's signs of life: the newest of each report, and how many files of points there are. */
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
      /** `limit`: its time was about to end. `terminated`: Slurm ends the job, and may start it again itself. */
      because: Schema.Literals(['asked', 'limit', 'terminated']),
    }),
    Failed,
    /** Nothing was begun: the node lacks something. */
    Schema.Struct({ type: Schema.Literal('refused'), ...Problem }),
  ]),
})
export type Ended = typeof Ended.Type

/** Far more than any message that is written. */
const largest = 64e6

/** @returns undefined when there is no such file (yet) @throws StageFailure for what is no message of this form */
export async function read<T, E>(file: string, form: Schema.Codec<T, E>): Promise<T | undefined> {
  let text: string
  try {
    await using handle = await openPlain(file)
    const { size } = await handle.stat()
    if (size > largest) throw slurmFailures.notAMessage(file, `it has ${size} bytes`)
    text = await handle.readFile('utf8')
  } catch (cause) {
    // A file that was replaced on its server while it was read is there the next time.
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
