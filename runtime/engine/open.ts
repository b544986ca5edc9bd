/** Opens the engine a worker computes with: found, whole, loaded, and seen to compute. */
import type { Engine } from '../../stdlib/engine.ts'
import { locateTensorFlow } from './locate.ts'
import { selfCheck } from './self-check.ts'

export interface OpenOptions {
  /** Intra-op threads, from 1. Bits depend on it. */
  readonly threads: number
  readonly env?: NodeJS.ProcessEnv
}

/** @throws EngineProblem `not-installed`, `damaged`, `unsupported`, `self-check` */
export async function openEngine({ threads, env = process.env }: OpenOptions): Promise<Engine> {
  const { directory } = await locateTensorFlow(env)
  const { openTensorFlow } = await import('./tensorflow/engine.ts')
  const engine = await openTensorFlow({ directory, threads })
  await selfCheck(engine)
  return engine
}
