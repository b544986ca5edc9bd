/**
 * The runtime's typed errors: a title of one sentence, facts, and a hint, so that the terminal, JSON events and tests
 * show the same text. The texts are in each layer's `problems.ts`.
 */
import * as Schema from 'effect/Schema'
import type { ProblemText } from '../dsl/check/problem.ts'

const text = {
  title: Schema.String,
  facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  hint: Schema.String,
}

/** The store failed or refused: damaged or missing content, a full disk, a newer version. */
export class StoreProblem extends Schema.TaggedError<StoreProblem>()('StoreProblem', {
  kind: Schema.Literals([
    'corrupt',
    'missing',
    'malformed',
    'disk-full',
    'newer-version',
    'index-damaged',
    'busy',
    'read-only',
    'unknown-name',
    'foreign',
    'io',
    /** A database or an object store on another machine does not respond. */
    'unreachable',
    /** The server responds but rejects the request: waiting would not help. */
    'refused',
  ]),
  ...text,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** A data set cannot be loaded: its source is missing, truncated or malformed. */
export class DataProblem extends Schema.TaggedError<DataProblem>()('DataProblem', {
  kind: Schema.Literals(['unknown', 'missing', 'malformed']),
  ...text,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** A plan cannot be made from this graph. */
export class PlanProblem extends Schema.TaggedError<PlanProblem>()('PlanProblem', text) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** The executor that the run asks for cannot compute its stages. */
export class ExecutorProblem extends Schema.TaggedError<ExecutorProblem>()('ExecutorProblem', text) {
  override get message(): string {
    return renderProblem(this)
  }
}

export const stageFailureKinds = [
  /** The loss stopped being finite. */
  'diverged',
  /** Options or inputs that cannot work: shapes, names, ranges. */
  'bad-input',
  /** A user function threw, returned an invalid value, or is no longer in the file. */
  'function',
  /** A stage's result violates an invariant: masked weights not zero, sparsity not met. */
  'invariant',
  /** The tensor engine failed. */
  'engine',
  /** An input was damaged in the store. */
  'store',
  'worker-lost',
  'out-of-memory',
  'disk-full',
] as const

/** A stage did not finish. `transient` failures are retried from the last checkpoint. */
export class StageFailure extends Schema.TaggedError<StageFailure>()('StageFailure', {
  kind: Schema.Literals(stageFailureKinds),
  transient: Schema.Boolean,
  ...text,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** A pipeline file cannot be loaded: it throws, does not terminate, or exports no pipeline. */
export class LoadProblem extends Schema.TaggedError<LoadProblem>()('LoadProblem', text) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** A pipeline file has type errors, or could not be checked. */
export class CheckProblem extends Schema.TaggedError<CheckProblem>()('CheckProblem', {
  ...text,
  /** `at` is `file:line:column`. */
  faults: Schema.Array(Schema.Struct({ at: Schema.String, title: Schema.String, hint: Schema.String })),
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** Plain text: the title, the facts with their values aligned, the hint. */
export const renderProblem = (problem: ProblemText): string => problemLines(problem).join('\n')

/** Only values of facts may have several lines; they are aligned. */
export function problemLines({ title, facts, hint }: ProblemText): string[] {
  const width = Math.max(0, ...facts.map(([label]) => label.length))
  const indent = ' '.repeat(width + 4)
  const lines = facts.flatMap(([label, value]) =>
    value.split(/\r?\n/).map((line, i) => (i === 0 ? `  ${label.padEnd(width)}  ${line}` : `${indent}${line}`)),
  )
  return [title, ...lines, ...(hint === '' ? [] : [hint])]
}
