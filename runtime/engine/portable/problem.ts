/** The portable engine's errors: what it could not do, the facts, what to do about it. */
import * as Schema from 'effect/Schema'
import { PipelineProblem, type ProblemText } from '../../../dsl/problem.ts'
import { renderProblem } from '../../problem.ts'

export class PortableEngineProblem extends Schema.TaggedError<PortableEngineProblem>()('PortableEngineProblem', {
  kind: Schema.Literals(['unavailable', 'out-of-memory', 'bad-input', 'busy', 'unsupported', 'failed']),
  title: Schema.String,
  facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  hint: Schema.String,
}) {
  override get message(): string {
    return renderProblem(this)
  }
}

type Kind = PortableEngineProblem['kind']

export function problem(kind: Kind, text: ProblemText): PortableEngineProblem {
  return new PortableEngineProblem({
    kind,
    title: text.title,
    facts: text.facts.map(([label, value]) => [label, value] as const),
    hint: text.hint,
  })
}

/** The same problem with the step it happened in as its first fact; what the standard library says stays as it is. */
export function inStep(step: string, cause: unknown): PortableEngineProblem | PipelineProblem {
  if (cause instanceof PipelineProblem) return cause
  if (cause instanceof PortableEngineProblem) {
    if (cause.facts.some(([label]) => label === 'step')) return cause
    return problem(cause.kind, { title: cause.title, facts: [['step', step], ...cause.facts], hint: cause.hint })
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  const failure = problem('failed', {
    title: `step ${step} failed: ${message.split('\n')[0] ?? ''}`,
    facts: [
      ['step', step],
      ['error', message],
    ],
    hint: 'No variable was changed. Check the shapes of the inputs against the model.',
  })
  failure.cause = cause
  return failure
}
