/** Opens a worker's engine: finds, checks and loads it, and runs its self-check. */
import type { Engine } from '../../stdlib/engine.ts'
import type { EngineSettings } from './choice.ts'
import { tensorflowCpu, tensorflowCuda } from './library.ts'
import { locateTensorFlow } from './locate.ts'
import { selfCheck } from './self-check.ts'

/** Default: the native engine on the processor. */
export interface OpenOptions extends Partial<EngineSettings> {
  /** Intra-op threads, from 1. Bits depend on it. The portable engine always has one. */
  readonly threads: number
  readonly env?: NodeJS.ProcessEnv
}

/** @throws EngineProblem `not-installed`, `damaged`, `unsupported`, `self-check` */
export async function openEngine(options: OpenOptions): Promise<Engine> {
  const engine = await load(options)
  await selfCheck(engine)
  return engine
}

/** Loads only the chosen engine's code. */
async function load({ engine, xla = false, gpu, threads, env = process.env }: OpenOptions): Promise<Engine> {
  if (engine === 'portable') return (await import('./portable/engine.ts')).openPortable()
  const { directory } = await locateTensorFlow(env, gpu === undefined ? tensorflowCpu : tensorflowCuda)
  return (await import('./tensorflow/engine.ts')).openTensorFlow({ directory, threads, xla, ...(gpu === undefined ? {} : { gpu }) })
}
