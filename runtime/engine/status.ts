/** What `espalier engine` tells: where the library was looked for, and whether the engine that was found computes. */
import type { Numerics } from '../../stdlib/engine.ts'
import { locateTensorFlow, type Place, places } from './locate.ts'
import { openEngine } from './open.ts'
import { EngineProblem } from './problems.ts'

export interface EngineStatus {
  readonly places: readonly Place[]
  /** The folder in use. */
  readonly directory: string | undefined
  /** Version, threads, oneDNN, device, precision of the engine, which passed its self-check. */
  readonly numerics: Numerics | undefined
  /** To find, load and check it. */
  readonly milliseconds: number
  /** Why there is no engine. */
  readonly problem: EngineProblem | undefined
}

/** Loads the library into this process when it is whole. */
export async function engineStatus({
  threads,
  env = process.env,
}: {
  readonly threads: number
  readonly env?: NodeJS.ProcessEnv
}): Promise<EngineStatus> {
  const looked: Place[] = []
  for await (const place of places(env)) looked.push(place)
  const start = performance.now()
  let directory: string | undefined
  let numerics: Numerics | undefined
  let problem: EngineProblem | undefined
  try {
    directory = (await locateTensorFlow(env)).directory
    numerics = (await openEngine({ threads, env })).numerics
  } catch (cause) {
    if (!(cause instanceof EngineProblem)) throw cause
    problem = cause
  }
  return { places: looked, directory, numerics, milliseconds: performance.now() - start, problem }
}
