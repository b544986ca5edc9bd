/** The implementations of optimizers. */
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import { isKernel, type Parameter } from '../network.ts'
import { entryOf, type Make, type Makers, type Registry } from '../registry.ts'
import { adamOptimizer } from './adam.ts'
import type { Optimizer } from './optimizer.ts'
import { sgdOptimizer } from './sgd.ts'

const optimizers: Registry<Make<OptimizerSpec, Optimizer>> = {
  sgd: (spec) => sgdOptimizer(spec),
  adam: (spec) => adamOptimizer({ ...spec, weightDecay: 0 }),
  adamw: (spec) => adamOptimizer(spec),
} satisfies Makers<OptimizerSpec, Optimizer>

export const optimizerOf = (spec: OptimizerSpec): Optimizer => entryOf('optimizer', optimizers, spec.kind)(spec)

/** The value towards which weight decay pulls a parameter of this role: one for factors of a batch ensemble, zero for others. */
export const anchorOf = (spec: OptimizerSpec, role: Parameter['role']): number | undefined => {
  if ('decay' in spec && spec.decay === 'kernels' && !isKernel({ role })) return undefined
  return role === 'r' || role === 's' ? 1 : 0
}
