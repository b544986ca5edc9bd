import { densityTogether } from '../masks.ts'
import type { Network } from '../network.ts'

export function densityMetrics(...networks: readonly Pick<Network, 'topology' | 'masks'>[]): { [name: string]: number } {
  const { sparsity, compressionRatio } = densityTogether(networks)
  return { sparsity, density: 1 - sparsity, compressionRatio }
}
