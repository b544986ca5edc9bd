/** Creates the portable engine's errors, which are `EngineProblem`s. */
import type { ProblemText } from '../../../dsl/check/problem.ts'
import { EngineProblem, isProblem } from '../problems.ts'

export function problem(kind: EngineProblem['kind'], { title, facts, hint }: ProblemText): EngineProblem {
  return new EngineProblem({ kind, title, facts: facts.map(([label, value]) => [label, value] as const), hint })
}

/** The same problem with its step as the first fact; problems of other layers are unchanged. */
export function inStep(step: string, cause: unknown): Error {
  if (cause instanceof EngineProblem) {
    if (cause.facts.some(([label]) => label === 'step')) return cause
    return problem(cause.kind, { title: cause.title, facts: [['step', step], ...cause.facts], hint: cause.hint })
  }
  if (isProblem(cause)) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const failure = problem('failed', {
    title: `step ${step} failed: ${message.split('\n')[0] ?? ''}`,
    facts: [
      ['step', step],
      ['error', message],
    ],
    hint: 'Check the shapes of the inputs against the model.',
  })
  failure.cause = cause
  return failure
}
