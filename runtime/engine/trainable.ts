/** Whether the chosen engine can train as a stage asks, by rules about the device alone. */
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { EngineChoice } from './choice.ts'
import { type EngineProblem, engineProblems } from './problems.ts'
import { processorFlags } from './processor.ts'

/** NVIDIA's Ampere is the first with bfloat16. */
const bfloat16Capability = 8

/** Processors that multiply bfloat16 as such. */
const bfloat16Flags = ['avx512_bf16', 'amx_bf16'] as const

/** @param flags of the processor */
export function whyNotTrained(
  { xla, precision }: Pick<TrainOptions, 'xla' | 'precision'>,
  { settings, gpus }: Pick<EngineChoice, 'settings' | 'gpus'>,
  flags = processorFlags(),
): EngineProblem | undefined {
  if (settings.engine === 'portable' && xla === true) return engineProblems.noXla()
  if (precision !== 'mixed') return undefined
  if (settings.engine === 'portable') return engineProblems.noMixed('the portable engine')
  const [gpu] = gpus
  if (gpu !== undefined) return gpu.capability >= bfloat16Capability ? undefined : engineProblems.noMixed(`the GPU ${gpu.name}`)
  return bfloat16Flags.some((flag) => flags?.has(flag)) ? undefined : engineProblems.noMixed('this processor')
}
