import { keptOf } from '../masks.ts'
import { type Network, type Parameter, sizeOf } from '../network.ts'

/**
 * `sparsity`: the fraction of the prunable weights removed. `compressionRatio`: all parameters divided by the remaining ones (Blalock et
 * al., 2020). Biases and batch norm count in both, running statistics in neither.
 */
export function densityMetrics({ topology, masks }: Pick<Network, 'topology' | 'masks'>) {
  const count = (all: readonly Parameter[]) => ({
    all: all.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    left: all.reduce((sum, parameter) => sum + keptOf(masks, parameter), 0),
  })
  const prunable = count(topology.parameters.filter((parameter) => parameter.prunable))
  const trainable = count(topology.parameters.filter((parameter) => parameter.trainable))
  const sparsity = prunable.all === 0 ? 0 : (prunable.all - prunable.left) / prunable.all
  return { sparsity, density: 1 - sparsity, compressionRatio: trainable.all / trainable.left }
}
