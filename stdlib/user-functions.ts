/** Calls of user functions: finds them by fingerprint and distinguishes their failures from the library's. */

import type { Role, UserFunction } from '../dsl/check/function-reference.ts'
import { type Fact, type Facts, factsIn, PipelineProblem, type ProblemText } from '../dsl/check/problem.ts'

/** By fingerprint. */
export type UserFunctions = (fingerprint: string) => UserFunction

export const noFunctions: UserFunctions = () => {
  throw new PipelineProblem({
    title: 'A function of a pipeline file is needed where there is none.',
    facts: {},
    hint: 'Run the pipeline file with espalier run.',
  })
}

/** A user's function threw, or returned an invalid value. */
export class FunctionProblem extends PipelineProblem {
  readonly role: Role | 'layer'
  /** The thrown value; its stack shows where. */
  readonly thrown: unknown

  constructor(role: Role | 'layer', text: ProblemText, thrown?: unknown) {
    super(text)
    this.role = role
    this.thrown = thrown
  }
}

/** By its shape: the user's file may have its own copy of the library. */
export const isFunctionProblem = (cause: unknown): cause is FunctionProblem =>
  cause instanceof Error && cause.name === 'PipelineProblem' && 'role' in cause

/** Calls a user's function. @throws FunctionProblem for anything it throws */
export function calling<T>(role: Role | 'layer', name: string, call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    if (isFunctionProblem(thrown)) throw thrown // from a function inside it
    throw new FunctionProblem(role, textOf(role, name, thrown), thrown)
  }
}

/** A function returned an invalid value. */
export const wrongResult = (role: Role | 'layer', name: string, title: string, facts: Facts, hint: string): FunctionProblem =>
  new FunctionProblem(role, { title, facts: [['function', name], ...factsIn(facts)], hint })

/** A problem from inside keeps its text: for example, a step that draws random numbers explains what to do instead. */
function textOf(role: string, name: string, thrown: unknown): ProblemText {
  const text = Object(thrown) as Partial<ProblemText>
  const facts: readonly Fact[] = [['function', name]]
  if (thrown instanceof Error && typeof text.title === 'string' && Array.isArray(text.facts) && typeof text.hint === 'string')
    return { title: `Your ${role} failed: ${text.title}`, facts: [...facts, ...text.facts], hint: text.hint }
  return {
    title: `Your ${role} threw an error.`,
    facts: [...facts, ['error', thrown instanceof Error ? thrown.message : String(thrown)]],
    hint: 'Fix the function and run again: what is done is kept.',
  }
}
