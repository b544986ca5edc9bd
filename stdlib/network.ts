/**
 * A network as data: named parameters with their roles, values and masks. Pure typed arrays, so that
 * surgery (prune, rewind, reinit) and hashing need no tensor engine.
 */

/** Number of values of a shape. */
import type { PatternSpec } from '../dsl/parts/pruner.ts'
import type { Spec } from '../dsl/parts/spec.ts'
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/** How a parameter's first values are drawn. `fanIn` and `fanOut` as Glorot and He count them. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  /** `mean` default 0. */
  | { readonly kind: 'normal'; readonly std: number; readonly mean?: number }
  | { readonly kind: 'uniform'; readonly limit: number }

export interface Parameter {
  /** `layer/weight`, e.g. `fc1/kernel`. Unique. */
  readonly name: string
  readonly layer: string
  /** `r` and `s` scale what a layer of a batch ensemble reads and gives, [members, channels]. */
  readonly role: 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance' | 'r' | 's'
  readonly shape: readonly number[]
  /** Kernels only; biases and batch norm never. */
  readonly prunable: boolean
  /** False for running statistics. */
  readonly trainable: boolean
  readonly initializer: Initializer
  /** N:M sparsity that its mask must have from here on. */
  readonly pattern?: PatternSpec
}

/** What an artifact says about its architecture, without weights. */
export interface Topology {
  readonly model: Spec
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
  readonly classes: number
  /** In the order of the network's layers; the order decides ties in global rankings. */
  readonly parameters: readonly Parameter[]
  /** Name of the layer that gives the logits. */
  readonly outputLayer: string
}

/** By parameter name, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>
/** By parameter name, row-major; 1 = kept, 0 = pruned. A prunable parameter without an entry is dense. */
export type Masks = ReadonlyMap<string, Uint8Array>

/** A stage's output. */
export interface Network {
  readonly topology: Topology
  readonly weights: Weights
  readonly masks: Masks
}
