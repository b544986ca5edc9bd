/** The thread that checks types: loads the compiler once, then checks one file after another. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import { CheckProblem } from '../../problem.ts'
import { type Judge, loadCompiler } from './compiler.ts'
import { type Checked, Programs } from './program.ts'

export interface CheckRequest {
  readonly id: number
  readonly file: string
  readonly judge: Judge
}

export type CheckAnswer = { readonly id: number } & (
  | { readonly answer: 'checked'; readonly checked: Checked }
  /** A problem with its message. */
  | ({ readonly answer: 'refused' } & ProblemText)
  | { readonly answer: 'failed'; readonly message: string }
)

/** Folders of the library's own sources. */
export interface CheckThreadData {
  readonly own: readonly string[]
}

const { own } = workerData as CheckThreadData
/** By the compiler's module. */
const programs = new Map<string | undefined, Programs>()

parentPort!.on('message', ({ id, file, judge }: CheckRequest) =>
  parentPort!.postMessage({ id, ...answer(file, judge) } satisfies CheckAnswer),
)

function answer(file: string, { module }: Judge) {
  try {
    const known = programs.get(module) ?? new Programs(loadCompiler(module), own)
    programs.set(module, known)
    return { answer: 'checked', checked: known.check(file) } as const
  } catch (cause) {
    // Errors lose their class between threads.
    if (cause instanceof CheckProblem)
      return {
        answer: 'refused',
        title: cause.title,
        facts: cause.facts.map(([label, value]) => [label, value] as const),
        hint: cause.hint,
      } as const
    return { answer: 'failed', message: cause instanceof Error ? cause.message : String(cause) } as const
  }
}
