/**
 * The interface of a tensor engine. Types only: the engines are in `runtime/engine`, and nothing under `stdlib` loads tfjs until a worker
 * passes one in.
 */
import type * as tfjs from '@tensorflow/tfjs'

/** TensorFlow.js, for use in your functions. */
export type Tf = typeof tfjs
/** A tensor of TensorFlow.js. */
export type Tensor = tfjs.Tensor
export type Variable = tfjs.Variable
/** A model of tf.layers. */
export type LayersModel = tfjs.LayersModel

/** Everything about an engine that can change bits. Recorded with every result and checkpoint. */
export interface Numerics {
  readonly engine: 'tensorflow' | 'portable'
  /** Version of the tensor library, e.g. `2.21.0`. */
  readonly version: string
  readonly device: 'cpu' | 'gpu'
  /** The processor's or GPU's model name. */
  readonly deviceName: string
  /** Intra-op threads. */
  readonly threads: number
  readonly oneDNN: boolean
  readonly xla: boolean
  /** `mixed`: operands and results of products in training steps are rounded to bfloat16, everything else is float32. */
  readonly precision: 'float32' | 'mixed'
  /** GPUs only: whether float32 products use TF32 with a 10-bit mantissa. */
  readonly tf32?: boolean
  /** TensorFlow's library on a CPU only: the widest instruction set, `amx`, `avx512`, `avx2` or `avx`. */
  readonly instructions?: string
  /** The TensorFlow library on a processor only: which of its operations the engine takes, counted up when another choice gives other last bits. */
  readonly operations?: number
}

export interface TensorSpec {
  /** Names the input in errors. */
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
}

/** How a step is computed, if not by the engine's defaults. */
export interface StepOptions {
  readonly xla?: boolean
  /** Operands and results of products are rounded to bfloat16. Default: float32 throughout. */
  readonly precision?: 'mixed'
  /** Variables that the engine may update in place: those that `fused` updates. */
  readonly inPlace?: readonly Variable[]
  /**
   * The body runs so many times in a call, from 1, each time with the variables that the time before left. Every input and output then has a
   * first axis of this size. Default: once, without such an axis.
   */
  readonly times?: number
}

/**
 * A traced function that runs as one call. It reads its variables again at each call. Variables assigned in it are updated if the call
 * succeeds and unchanged if it fails; several `times` may leave them anywhere in between. Only one call may be in flight at a time.
 */
export interface Step {
  run(inputs: readonly Tensor[]): Promise<Tensor[]>
  /** Nodes in the traced graph. */
  readonly nodes: number
  dispose(): void
}

/** Each is undefined if the variables cannot be updated in place; the composed operations give the same bits. */
interface FusedUpdates {
  /** v ← momentum·v + g; w ← w − rate·v */
  momentum(
    variables: { readonly weight: Tensor; readonly velocity: Tensor },
    gradient: Tensor,
    rate: Tensor,
    momentum: number,
  ): { readonly weight: Tensor; readonly velocity: Tensor } | undefined
  /** m ← m + (g − m)(1 − β₁); v ← v + (g² − v)(1 − β₂); w ← w − m·rate / (√v + epsilon), from `start` instead of w if given */
  adam(
    variables: { readonly weight: Tensor; readonly first: Tensor; readonly second: Tensor; readonly start?: Tensor },
    gradient: Tensor,
    scalars: { readonly rate: Tensor; readonly epsilon: Tensor },
    betas: { readonly beta1: number; readonly beta2: number },
  ): { readonly weight: Tensor; readonly first: Tensor; readonly second: Tensor } | undefined
  /** w ← w · mask, of the weight that another update returned; the mask has its shape */
  masked(weight: Tensor, mask: Tensor): Tensor | undefined
}

export interface Engine {
  readonly tf: Tf
  readonly numerics: Numerics
  /**
   * Traces `body` once. Variables must exist before; data, masks, learning rates and seeds are inputs or variables. `name` (of a stage or
   * model) starts every node's name, so that errors at run time show where they happened.
   */
  compile(name: string, inputs: readonly TensorSpec[], body: (...inputs: Tensor[]) => Tensor[], options?: StepOptions): Step
  /** Runs `body`; random layers and `random()` inside draw from `seed` (int32 scalar) and the order of the calls. */
  withRandom<T>(seed: Tensor, body: () => T): T
  /** Counter-based random numbers inside `withRandom`: uniform in [0, 1) or standard normal. */
  random(kind: 'uniform' | 'normal', shape: readonly number[]): Tensor
  /** Fused softmax cross-entropy: `logits` and `labels` (probabilities) [batch, classes] → loss [batch], with gradient for logits. */
  softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor
  /** Updates variables of a step's `inPlace` in one pass; absent if there are none. */
  readonly fused?: FusedUpdates
  /** Copies a tensor's values to JavaScript. */
  read(tensor: Tensor): Promise<Float32Array | Int32Array | Uint8Array>
  /** Gives a variable new values, copied. */
  assign(variable: Variable, values: Float32Array): void
  /** Live tensors and their bytes, for leak tests. */
  memory(): { readonly tensors: number }
}
