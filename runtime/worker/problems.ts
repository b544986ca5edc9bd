/** Texts of all stage failures. */
import { type Fact, type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import { type FunctionProblem, isFunctionProblem } from '../../stdlib/user-functions.ts'
import { EngineProblem, isProblem } from '../engine/problems.ts'
import { codeFrame } from '../format/code-frame.ts'
import { bytes } from '../format/words.ts'
import { DataProblem, StageFailure, StoreProblem } from '../problem.ts'
import { userFrames } from '../user-code/user-code.ts'
import { saysOutOfMemory } from './oom-kills.ts'

type Kind = StageFailure['kind']

/** Creates failures of one kind. @param transient whether the stage is retried */
const of =
  (kind: Kind, transient = false) =>
  (title: string, facts: Facts, hint: string): StageFailure =>
    new StageFailure({ kind, transient, title, facts: [...factsIn(facts)], hint })

const [diverged, badInput, ofFunction] = [of('diverged'), of('bad-input'), of('function')]
const [lost, misunderstood] = [of('worker-lost', true), of('worker-lost')]
const outOfMemory = of('out-of-memory', true)
/** Hint for all failures due to memory. */
const takeLess =
  'A smaller batch or network takes less; fewer slots (--slots 1) leave it more. As long as attempts are left, it is tried again with nothing beside it.'

export const failures = {
  diverged: (at: {
    readonly step: number
    readonly epoch: number
    readonly learningRate: number
    readonly lastLoss: number
    readonly loss: number
  }) =>
    diverged(
      `Training diverged: the loss is ${Number(at.loss.toPrecision(4))} at step ${at.step}.`,
      { epoch: at.epoch, 'learning rate': at.learningRate, 'last finite loss': Number.isNaN(at.lastLoss) ? 'none' : at.lastLoss },
      'Lower the learning rate, or add a warm-up.',
    ),

  /** @param step of the training in which it was measured */
  notFinite: (metric: string, value: number, step?: number) =>
    diverged(
      `The network gives no numbers to compare: ${metric} is ${value}.`,
      { step },
      'Some weights are too large, or not numbers: look at what the stage before it does to them, or lower the learning rate.',
    ),

  /** The file was changed between planning and running the stage. */
  functionGone: (name: string | undefined, file: string | undefined) =>
    ofFunction(
      'The file changed since it was planned: one of your functions is not in it any more as it was.',
      { function: name, file: file ?? 'none' },
      'Run again: the plan is made again.',
    ),

  /** A user function read something forbidden, or changed a captured value. */
  hiddenState: ({ title, facts, hint }: ProblemText) => ofFunction(title, facts, hint),

  fileFails: (file: string, cause: unknown) => {
    const frames = userFrames(cause instanceof Error ? (cause.stack ?? '') : '')
    return ofFunction(
      'The file changed since it was planned: it cannot be loaded again to call one of your functions.',
      [['file', file], ['error', (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!], ...framed(frames)],
      'Run again: the plan is made again.',
    )
  },

  /** A user function threw, or returned an invalid value. */
  userFunction: ({ title, facts, hint, thrown }: FunctionProblem) => {
    const frames = thrown instanceof Error ? userFrames(thrown.stack ?? '') : []
    return ofFunction(title, [...facts, ...framed(frames)], hint)
  },

  /** An uncaught error with frames of user code. */
  threw: (message: string, frames: readonly string[]) =>
    ofFunction(
      'Your function threw an error.',
      [['error', message], ...framed(frames)],
      'Fix the function and run again: what is done is kept.',
    ),

  exportBlocked: (path: string, reason: string) =>
    badInput(
      'The network cannot be written where export() says.',
      { path, reason },
      'Choose another path below the project, or move what is there.',
    ),

  weightsGone: (from: string, reason: string) =>
    badInput('The file of weights cannot be read.', { file: from, reason }, 'Put it back, or name another one in pretrained().'),

  weightsChanged: (from: string) =>
    badInput('The file of weights is not what it was when the stage was planned.', { file: from }, 'Run again: the plan is made again.'),

  weightsUnfit: (from: string, what: string, facts: Facts) =>
    badInput(
      `The weights do not fit the network: ${what}.`,
      { file: from, ...facts },
      "Say which module is which layer with names: { conv1: 'features.0' }; layers named in fresh keep the weights that were drawn.",
    ),

  dataChanged: (name: string) =>
    badInput(`The data set ${name} is not what it was when the stage was planned.`, {}, 'Run again: the plan is made again.'),

  replayDiffers: (epoch: number, before: string, now: string) =>
    of('invariant')(
      `Replaying the training came to other weights than the first time, at the end of epoch ${epoch}.`,
      { 'SHA-256 then': before, 'SHA-256 now': now },
      'The machine or its library has changed in a way that the recorded numerics do not tell. Run in another store (--store DIR) to recompute all of it.',
    ),

  otherImages: (
    network: { readonly name: string; readonly input: readonly number[] },
    data: { readonly name: string; readonly input: readonly number[] },
  ) =>
    badInput(
      'The network is not made for images of this shape.',
      { [`network ${network.name}`]: network.input.join(' × '), [`data ${data.name}`]: data.input.join(' × ') },
      'Built-in networks follow data whose shape is known before they are read; write a model() for others.',
    ),

  batchTooLarge: (batch: number, examples: number) =>
    badInput(
      'The batch is larger than the training data, so an epoch would have no step.',
      { batch, 'training examples': examples },
      'Choose a smaller batch.',
    ),

  lost: (how: string, lastWords: string) =>
    lost(
      `The worker process ended while it ran the stage (${how}).`,
      { 'last output': lastWords || undefined },
      'It is tried again from its last checkpoint.',
    ),

  /** @param lastWords the last output of a process that ended itself; undefined if the system killed it */
  outOfMemory: (how: string, lastWords?: string) =>
    outOfMemory(
      `The worker process ran out of memory and ${lastWords === undefined ? 'was killed by the system' : 'ended'} (${how}).`,
      { 'last output': lastWords?.split('\n').find(saysOutOfMemory) ?? lastWords },
      takeLess,
    ),

  /** One allocation failed. */
  notAllocated: (message: string) => outOfMemory(`The stage ran out of memory: ${message}.`, {}, takeLess),

  /** Adds the estimated or requested memory and the memory of the machine, in bytes. */
  withMemory: ({ kind, transient, title, facts, hint }: StageFailure, wanted: number, asked: boolean, machine: number) =>
    of(kind, transient)(
      title,
      [...facts, [asked ? 'asked for' : 'estimated need', bytes(wanted)], ['memory of the machine', bytes(machine)]],
      hint,
    ),

  silent: (seconds: number) =>
    lost(`The worker process said nothing for ${seconds} seconds and was ended.`, {}, 'It is tried again from its last checkpoint.'),

  notUnderstood: (reason: string) =>
    misunderstood(
      'A message between Espalier and its worker could not be understood.',
      { reason: reason.slice(0, 500) },
      'Build Espalier again: the two are of different versions.',
    ),

  notOfTheJob: () =>
    misunderstood(
      'A worker process sent something that is not from the stage it runs, and was ended.',
      {},
      'Only Espalier may write to the file descriptors 3 and 4 of a worker: look for what else does, in the pipeline file and in what it imports.',
    ),

  /** @param named the missing addresses, labelled */
  outcomeNotKept: (named: readonly Fact[]) =>
    lost(
      'A stage ended with what is not in the store.',
      named,
      'It is tried again. If that does not help, look for what removes files from the store.',
    ),

  notStarted: (reason: string) =>
    lost('A worker process could not be started.', { reason }, 'Check that the machine can start more processes.'),
}

/** Stack frames in user code, innermost first, with an excerpt of the code at the first. */
const framed = (frames: readonly string[]): Fact[] => [...frames.map((frame): Fact => ['at', frame]), ...codeFrame(frames[0])]

/** Converts anything that a stage threw to a failure. */
export function asFailure(cause: unknown): StageFailure {
  if (cause instanceof StageFailure) return cause
  if (cause instanceof StoreProblem) {
    // Connections were already retried; the store may be back for the next attempt.
    if (cause.kind === 'unreachable' || cause.kind === 'refused') return from(cause, 'worker-lost', true)
    const damaged = cause.kind === 'corrupt' || cause.kind === 'missing'
    return from(cause, cause.kind === 'disk-full' ? 'disk-full' : 'store', damaged || cause.kind === 'busy')
  }
  if (cause instanceof DataProblem) return from(cause, 'bad-input', false)
  if (cause instanceof EngineProblem) return from(cause, cause.kind === 'out-of-memory' ? 'out-of-memory' : 'engine', false)
  if (isFunctionProblem(cause)) return failures.userFunction(cause)
  if (isProblem(cause)) return from(cause, 'invariant', false)
  const error = cause instanceof Error ? cause : new Error(String(cause))
  if (error instanceof RangeError && /^Array buffer allocation failed/.test(error.message)) return failures.notAllocated(error.message)
  const frames = userFrames(error.stack ?? '')
  if (frames.length > 0) return failures.threw(error.message, frames)
  return of('engine')(
    `The stage failed: ${error.message.split('\n')[0]}`,
    { stack: error.stack ?? '' },
    'This is a fault of Espalier: please report it.',
  )
}

function from({ title, facts, hint }: ProblemText, kind: Kind, transient: boolean): StageFailure {
  return of(kind, transient)(title, facts, hint)
}
