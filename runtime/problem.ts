/**
 * The runtime's typed errors. Each says what is wrong in one sentence, the facts, and one thing to do about it,
 * so that the terminal, JSON events and tests read them the same way. The sentences live beside each layer (`problems.ts`).
 */
import * as Schema from 'effect/Schema'
import type { ProblemText } from '../dsl/check/problem.ts'

const text = {
  title: Schema.String,
  facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  hint: Schema.String,
}

/** The store refused or could not keep its promise: damaged or missing content, a full disk, a newer version. */
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
    /** A database, or a place of objects, on another machine. */
    'unreachable',
    /** By one that answers: it waits for nobody. */
    'refused',
  ]),
  ...text,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** A data set cannot be had: its source is missing, truncated or not what it should be. */
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

/** Stages cannot be computed where the run says. */
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
  /** A function of the user's threw, gave what it should not, or is not in the file any more. */
  'function',
  /** A stage's result broke a promise: masked weights not zero, sparsity not met. */
  'invariant',
  /** The tensor engine failed. */
  'engine',
  /** An input was damaged in the store. */
  'store',
  'worker-lost',
  'out-of-memory',
  'disk-full',
] as const

/** A stage did not finish. `transient` ones are tried again from the last checkpoint. */
export class StageFailure extends Schema.TaggedError<StageFailure>()('StageFailure', {
  kind: Schema.Literals(stageFailureKinds),
  transient: Schema.Boolean,
  ...text,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** A pipeline file cannot be loaded: it throws, never ends, or exports no pipeline. */
export class LoadProblem extends Schema.TaggedError<LoadProblem>()('LoadProblem', text) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** The types of a pipeline file are wrong, or could not be checked. */
export class CheckProblem extends Schema.TaggedError<CheckProblem>()('CheckProblem', {
  ...text,
  /** Each with its place, `file:line:column`. */
  faults: Schema.Array(Schema.Struct({ at: Schema.String, title: Schema.String, hint: Schema.String })),
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

/** Plain text: the title, the facts with their values aligned, the hint. */
export const renderProblem = (problem: ProblemText): string => problemLines(problem).join('\n')

/** Only values of facts may be several lines; those stand below each other. */
export function problemLines({ title, facts, hint }: ProblemText): string[] {
  const width = Math.max(0, ...facts.map(([label]) => label.length))
  const indent = ' '.repeat(width + 4)
  const lines = facts.flatMap(([label, value]) =>
    value.split(/\r?\n/).map((line, i) => (i === 0 ? `  ${label.padEnd(width)}  ${line}` : `${indent}${line}`)),
  )
  return [title, ...lines, ...(hint === '' ? [] : [hint])]
}
