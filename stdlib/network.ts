/**
 * A network as data: named parameters with their roles, values and masks. Pure typed arrays, so that prune, rewind, reinit and hashing need
 * no tensor engine.
 */

/** Number of values of a shape. */
import type { PatternSpec } from '../dsl/parts/pruner.ts'
import type { Spec } from '../dsl/parts/spec.ts'
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/** How a parameter is initialised. `fanIn` and `fanOut` as Glorot and He count them. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  /** `mean` default 0. */
  | { readonly kind: 'normal'; readonly std: number; readonly mean?: number }
  | { readonly kind: 'uniform'; readonly limit: number }
  /**
   * For a matrix (all axes but the last flattened): the rows or columns, whichever are fewer, have this length and are orthogonal (Saxe et
   * al., 2014).
   */
  | { readonly kind: 'orthogonal'; readonly gain: number }
  /** Equal parts of the only axis, each with its value: the bias of an LSTM, gate by gate. */
  | { readonly kind: 'parts'; readonly values: readonly number[] }

/**
 * The role of a parameter in its layer. `kernel` multiplies the input, `recurrent` the state; `embedding` has a row for each token, `scale`
 * a factor for each feature. `gamma`, `beta` and `moving_…` belong to batch norm. `r` and `s` scale the inputs and outputs of a layer in a
 * batch ensemble, [members, channels].
 */
export const roles = [
  'kernel',
  'bias',
  'gamma',
  'beta',
  'moving_mean',
  'moving_variance',
  'r',
  's',
  'recurrent',
  'embedding',
  'scale',
] as const
export type ParameterRole = (typeof roles)[number]

/** Whether a layer multiplies with it; weight decay and pruning apply to these. */
export const isKernel = ({ role }: Pick<Parameter, 'role'>): boolean => role === 'kernel' || role === 'recurrent'

export interface Parameter {
  /** `layer/weight`, e.g. `fc1/kernel`. Unique. */
  readonly name: string
  readonly layer: string
  readonly role: ParameterRole
  readonly shape: readonly number[]
  /** True for kernels, unless a custom layer declares otherwise. */
  readonly prunable: boolean
  /** False for running statistics. */
  readonly trainable: boolean
  readonly initializer: Initializer
  /** The N:M pattern that its mask must have from here on. */
  readonly pattern?: PatternSpec
}

/** The architecture of an artifact, without weights. */
export interface Topology {
  readonly model: Spec
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
  readonly classes: number
  /** In the order of the network's layers; the order decides ties in global rankings. */
  readonly parameters: readonly Parameter[]
  /** The name of the layer of the logits. */
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
