/** Opens the engine a worker computes with: found, whole, loaded, and seen to compute. */
import type { Engine } from '../../stdlib/engine.ts'
import { locateTensorFlow } from './locate.ts'
import { selfCheck } from './self-check.ts'

export async function openEngine({ threads }: { readonly threads: number }): Promise<Engine> {
  const { directory } = await locateTensorFlow()
  const { openTensorFlow } = await import('./tensorflow/engine.ts')
  const engine = await openTensorFlow({ directory, threads })
  await selfCheck(engine)
  return engine
}
