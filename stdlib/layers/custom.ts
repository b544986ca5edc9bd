/** Custom layers for custom models: a function of tensors, optionally with declared weights. */
import { oneOf, problem, shown } from '../../dsl/check/checks.ts'
import type { Tensor, Tf } from '../engine.ts'
import type { DeclaredWeight, Layer } from '../models/structure/rebuild.ts'
import { type Initializer, isKernel, sizeOf } from '../network.ts'
import { calling, wrongResult } from '../user-functions.ts'

/** [batch, …] without the batch. */
export type Shape = readonly (number | null)[]

/**
 * The role of a weight in its layer: `kernel` multiplies the input, `recurrent` multiplies a state, `embedding` has a row for each token or
 * position.
 */
export type WeightRole = 'kernel' | 'recurrent' | 'bias' | 'scale' | 'embedding'

export interface WeightOptions {
  /** The size of each axis; `'features'` is the size of the last axis of the layer's input. */
  readonly shape: readonly (number | 'features')[]
  readonly role: WeightRole
  /**
   * How it is initialised. Default: kernels Glorot-normal, recurrent kernels orthogonal, embeddings uniform within ±0.05, scales 1, biases
   * 0.
   */
  readonly initializer?: InitializerName | Initializer
  /** Whether unstructured pruning may remove from it. Default: true for kernels and recurrent kernels. */
  readonly prunable?: boolean
}

export interface LayerOptions<N extends string = never> {
  /** The output shape, from the input shape. Default: the same. */
  readonly shape?: (input: Shape) => Shape
  /** Trainable weights by name, which the function receives. */
  readonly weights?: { readonly [W in N]: WeightOptions }
}

/** A layer to put in a model: `swish(tf)`, or with a name `swish(tf, 'swish1')`. A layer with weights (called `N`) needs a name. */
export type CustomLayer<N extends string = never> = (tf: Tf, ...name: [N] extends [never] ? [name?: string] : [name: string]) => Layer

/** Initializers by tf.layers' names; fans are those of a kernel [window …, inputs, outputs]. */
const initializers = {
  zeros: () => ({ kind: 'zeros' }),
  ones: () => ({ kind: 'ones' }),
  orthogonal: () => ({ kind: 'orthogonal', gain: 1 }),
  glorotNormal: (from, to) => ({ kind: 'normal', std: Math.sqrt(2 / (from + to)) }),
  glorotUniform: (from, to) => ({ kind: 'uniform', limit: Math.sqrt(6 / (from + to)) }),
  heNormal: (from) => ({ kind: 'normal', std: Math.sqrt(2 / from) }),
  heUniform: (from) => ({ kind: 'uniform', limit: Math.sqrt(6 / from) }),
  lecunNormal: (from) => ({ kind: 'normal', std: Math.sqrt(1 / from) }),
  lecunUniform: (from) => ({ kind: 'uniform', limit: Math.sqrt(3 / from) }),
} as const satisfies { readonly [name: string]: (fanIn: number, fanOut: number) => Initializer }
/** Initial values by tf.layers' names: `'zeros'`, `'heNormal'`, `'glorotUniform'` and others. */
export type InitializerName = keyof typeof initializers

const kinds = ['zeros', 'ones', 'constant', 'normal', 'uniform', 'orthogonal', 'parts'] as const satisfies readonly Initializer['kind'][]

const usual: { readonly [R in WeightRole]: InitializerName | Initializer } = {
  kernel: 'glorotNormal',
  recurrent: 'orthogonal',
  embedding: { kind: 'uniform', limit: 0.05 },
  scale: 'ones',
  bias: 'zeros',
}

/**
 * `const swish = layer((x, tf) => tf.mul(x, tf.sigmoid(x)))`, used in the builder of a `model(…)`. tfjs differentiates it. With weights:
 * `layer((x, tf, training, { kernel }) => tf.matMul(x, kernel), { shape: () => [8], weights: { kernel: { shape: ['features', 8], role:
 * 'kernel' } } })`.
 * @param call the output for x [batch, …]; `training` is true in a training step
 * @throws PipelineProblem for invalid declarations of weights
 */
export const layer = <const N extends string = never>(
  call: (x: Tensor, tf: Tf, training: boolean, weights: { readonly [W in N]: Tensor }) => Tensor,
  { shape = (input) => input, weights }: LayerOptions<N> = {},
): CustomLayer<N> => {
  const asked = Object.entries<WeightOptions>(weights ?? {})
  for (const [name, weight] of asked) refuseWrong(name, weight)
  return ((tf: Tf, name?: string) => {
    class Custom extends tf.layers.Layer {
      static className = 'Custom'
      readonly declared = new Map<string, DeclaredWeight>()
      readonly #own = new Map<string, { read(): Tensor }>()

      override build(input: (number | null)[]): void {
        for (const [weight, options] of asked) {
          const made = declaredFor(options, input.at(-1)!)
          this.declared.set(weight, made)
          // The values come from the network's weights.
          this.#own.set(weight, this.addWeight(weight, [...made.shape], 'float32', tf.initializers.zeros()))
        }
        super.build(input)
      }

      override call(inputs: Tensor | Tensor[], { training }: { readonly training?: boolean }): Tensor {
        const x = Array.isArray(inputs) ? inputs[0]! : inputs
        const own = Object.fromEntries([...this.#own].map(([weight, value]) => [weight, value.read()]))
        const given = own as { readonly [W in N]: Tensor } // one for each requested weight
        const y: unknown = calling('layer', this.name, () => call(x, tf, training === true, given))
        const expected = [x.shape[0]!, ...shape(x.shape.slice(1))]
        if (y instanceof tf.Tensor && String(y.shape) === String(expected)) return y as Tensor
        const got = y instanceof tf.Tensor ? `[${y.shape.join(', ')}]` : String(y)
        const facts = { expected: `a tensor [${expected.join(', ')}]`, given: got }
        const title = 'Your layer gives another shape than it says.'
        throw wrongResult('layer', this.name, title, facts, 'Give layer() its option `shape`.')
      }

      override computeOutputShape([batch, ...rest]: (number | null)[]): (number | null)[] {
        return [batch ?? null, ...shape(rest)]
      }
    }
    return new Custom(name === undefined ? {} : { name })
  }) as CustomLayer<N> // the name of the weights is known only here
}

function declaredFor(
  { shape, role, initializer = usual[role], prunable = isKernel({ role }) }: WeightOptions,
  features: number,
): DeclaredWeight {
  const sizes = shape.map((size) => (size === 'features' ? features : size))
  const window = sizeOf(sizes.slice(0, -2))
  const [from, to] = [window * (sizes.at(-2) ?? 1), window * (sizes.at(-1) ?? 1)]
  const first = typeof initializer === 'string' ? initializers[initializer](from, to) : initializer
  return { shape: sizes, role, prunable, initializer: first }
}

function refuseWrong(name: string, weight: WeightOptions): void {
  const verb = 'layer()'
  const hint = "For example weights: { kernel: { shape: ['features', 32], role: 'kernel' } }."
  if (!/^[A-Za-z]\w*$/.test(name))
    throw problem(
      'A weight of a layer needs another name.',
      { verb, option: 'weights', value: shown(name), allowed: 'letters, digits and _' },
      hint,
    )
  const { shape, role, initializer } = Object(weight) as Partial<WeightOptions>
  oneOf(verb, `weights.${name}.role`, role, Object.keys(usual))
  const isSize = (size: unknown): boolean => size === 'features' || (Number.isInteger(size) && Number(size) > 0)
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw problem(
      'A weight of a layer needs its shape.',
      { verb, option: `weights.${name}.shape`, value: shown(shape), allowed: "whole numbers from 1, and 'features'" },
      hint,
    )
  if (typeof initializer === 'object') oneOf(verb, `weights.${name}.initializer.kind`, initializer.kind, kinds)
  else if (initializer !== undefined) oneOf(verb, `weights.${name}.initializer`, initializer, Object.keys(initializers))
}
