/** Whether the chosen engine can train as a stage requests; depends only on the device. */
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { EngineChoice } from './choice.ts'
import { type EngineProblem, engineProblems } from './problems.ts'
import { processorFlags, withoutBfloat16 } from './processor.ts'

/** NVIDIA's first architecture with bfloat16, Ampere. */
const bfloat16Capability = 8

/** @param flags of the processor */
export function whyNotTrained(
  { xla, precision }: Pick<TrainOptions, 'xla' | 'precision'>,
  { settings, gpus }: Pick<EngineChoice, 'settings' | 'gpus'>,
  flags = processorFlags(),
  env = process.env,
): EngineProblem | undefined {
  if (settings.engine === 'portable' && xla === true) return engineProblems.noXla()
  if (precision !== 'mixed') return undefined
  if (settings.engine === 'portable') return engineProblems.noMixed('the portable engine')
  const [gpu] = gpus
  if (gpu !== undefined) return gpu.capability >= bfloat16Capability ? undefined : engineProblems.noMixed(`the GPU ${gpu.name}`)
  const processor = withoutBfloat16(flags, env)
  return processor === undefined ? undefined : engineProblems.noMixed(processor)
}
