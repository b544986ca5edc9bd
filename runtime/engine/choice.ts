/**
 * Which engine a run computes with. Decided once, from the command line and from what is installed, before anything is started;
 * workers are told. Never decided by a measurement or by what is cached: bits depend on it.
 */
import * as Schema from 'effect/Schema'
import type { ProblemText } from '../../dsl/problem.ts'
import { locateTensorFlow } from './locate.ts'
import { EngineProblem, engineProblems } from './problems.ts'

export const engineNames = ['auto', 'tensorflow', 'portable'] as const

/** What the command line asks for. */
export interface EngineAsked {
  /** `auto`: the TensorFlow library when it is installed, else the portable engine. */
  readonly engine: (typeof engineNames)[number]
  /** Compile steps with XLA. Only the TensorFlow library can. */
  readonly xla: boolean
}

/** What a worker is told to open. */
export const EngineSettings = Schema.Struct({ engine: Schema.Literals(['tensorflow', 'portable']), xla: Schema.Boolean })
export type EngineSettings = typeof EngineSettings.Type

export interface EngineChoice {
  readonly settings: EngineSettings
  /** Something else than was hoped for: shown when a stage is about to be computed. */
  readonly warning: ProblemText | undefined
  /** Why the chosen engine cannot compute. Nothing is lost as long as every stage is in the store. */
  readonly problem: EngineProblem | undefined
}

/** @throws EngineProblem `unsupported` for what cannot be had together */
export async function chooseEngine({ engine, xla }: EngineAsked, env: NodeJS.ProcessEnv = process.env): Promise<EngineChoice> {
  if (engine === 'portable' && xla) throw engineProblems.noXla()
  if (engine === 'portable') return { settings: { engine, xla }, warning: undefined, problem: undefined }
  const problem = await whyNoTensorFlow(env)
  if (problem === undefined || engine === 'tensorflow' || xla || !mayFallBack(problem, env))
    return { settings: { engine: 'tensorflow', xla }, warning: undefined, problem }
  return { settings: { engine: 'portable', xla }, warning: engineProblems.fellBack(problem), problem: undefined }
}

async function whyNoTensorFlow(env: NodeJS.ProcessEnv): Promise<EngineProblem | undefined> {
  try {
    await locateTensorFlow(env)
    return undefined
  } catch (cause) {
    if (cause instanceof EngineProblem) return cause
    throw cause
  }
}

/** A damaged library, or a folder that was named and does not hold it, is a mistake to put right rather than to compute around. */
function mayFallBack({ kind }: EngineProblem, env: NodeJS.ProcessEnv): boolean {
  return kind === 'unsupported' || (kind === 'not-installed' && !env.ESPALIER_TENSORFLOW)
}
