/** Networks of a few weights, written out by hand. */
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { PrunerSpec } from '../../dsl/parts/pruner.ts'
import type { Masks, Network, Parameter } from '../../stdlib/network.ts'
import { magnitudes } from '../../stdlib/prune/magnitude.ts'
import { rankedMasks } from '../../stdlib/prune/ranking.ts'

const parameter = (layer: string, role: 'kernel' | 'bias' | 'gamma', shape: readonly number[]): Parameter => ({
  name: `${layer}/${role}`,
  layer,
  role,
  shape,
  prunable: role === 'kernel',
  trainable: true,
  initializer: { kind: 'zeros' },
})

/** fc1: 2 × 3 and biases, norm: 2 scales, out: 3 × 2. */
export const tiny = (
  weights: { readonly fc1: readonly number[]; readonly out: readonly number[] },
  masks: { readonly [layer: string]: readonly number[] } = {},
): Network => ({
  topology: {
    model: { name: 'tiny', options: {} },
    input: [1, 2, 1],
    classes: 2,
    outputLayer: 'out',
    parameters: [
      parameter('fc1', 'kernel', [2, 3]),
      parameter('fc1', 'bias', [3]),
      parameter('norm', 'gamma', [2]),
      parameter('out', 'kernel', [3, 2]),
    ],
  },
  weights: new Map([
    ['fc1/kernel', Float32Array.from(weights.fc1)],
    ['fc1/bias', new Float32Array(3)],
    ['norm/gamma', new Float32Array([1e-9, 1e-9])],
    ['out/kernel', Float32Array.from(weights.out)],
  ]),
  masks: new Map(Object.entries(masks).map(([layer, bits]) => [`${layer}/kernel`, Uint8Array.from(bits)])),
})

/** By layer, as plain numbers. */
export const bits = (masks: Masks): { [layer: string]: number[] } =>
  Object.fromEntries([...masks].map(([name, mask]) => [name.replace('/kernel', ''), [...mask]]))

/** The masks after pruning by magnitude. */
export const prunedByMagnitude = (network: Network, options: PrunerSpec): Masks =>
  rankedMasks(network, magnitudes(network), options as PruneOptions)
