/** The native engine that tests of the engine compute with: on the processor, or with `ESPALIER_TEST_DEVICE=gpu` on the first GPU of the machine. */

import { computeHereOn, findGpus } from '../../../runtime/engine/gpu.ts'
import { type OpenOptions, openEngine } from '../../../runtime/engine/open.ts'
import type { Engine } from '../../../stdlib/engine.ts'

export async function openNative(options: Pick<OpenOptions, 'threads' | 'xla'>): Promise<Engine> {
  if (process.env.ESPALIER_TEST_DEVICE !== 'gpu') return openEngine(options)
  const { gpus, none } = await findGpus()
  if (gpus[0] === undefined) throw new Error(`ESPALIER_TEST_DEVICE=gpu, and there is no GPU to test on: ${none?.why}`)
  computeHereOn(gpus)
  return openEngine({ ...options, gpu: gpus[0].name })
}
