/** Operations of imported networks without a layer in tf.layers: elementwise functions, constants, padding, slices, products. */
import type { Tensor, Tf } from '../../engine.ts'
import type { DeclaredWeight, Layer } from '../structure/rebuild.ts'

type Shape = (number | null)[]
type Options = { readonly [option: string]: unknown }

/** An elementwise function. @param a its first constant @param b its second */
type Function = (tf: Tf, x: Tensor, a: number, b: number) => Tensor

const hardSigmoid: Function = (tf, x, a, b) => tf.clipByValue(tf.add(tf.mul(x, a), b), 0, 1)

/** Elementwise functions, by name. */
export type PointwiseFunction =
  | 'add'
  | 'multiply'
  | 'subtractFrom'
  | 'divide'
  | 'power'
  | 'clip'
  | 'hardSigmoid'
  | 'hardSwish'
  | 'gelu'
  | 'geluTanh'
  | 'mish'
  | 'erf'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'abs'

const functions: { readonly [F in PointwiseFunction]: Function } = {
  add: (tf, x, a) => tf.add(x, a),
  multiply: (tf, x, a) => tf.mul(x, a),
  /** a − x */
  subtractFrom: (tf, x, a) => tf.sub(a, x),
  /** a / x */
  divide: (tf, x, a) => tf.div(a, x),
  power: (tf, x, a) => (a === 2 ? tf.square(x) : tf.pow(x, a)),
  /** Into [a, b]. */
  clip: (tf, x, a, b) => tf.clipByValue(x, a, b),
  /** max(0, min(1, a·x + b)) */
  hardSigmoid,
  /** x · max(0, min(1, x/6 + 1/2)) */
  hardSwish: (tf, x) => tf.mul(x, hardSigmoid(tf, x, 1 / 6, 0.5)),
  /** x · Φ(x) */
  gelu: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  /** x · (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2 */
  geluTanh: (tf, x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  },
  /** x · tanh(ln(1 + eˣ)) */
  mish: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  erf: (tf, x) => tf.erf(x),
  exp: (tf, x) => tf.exp(x),
  log: (tf, x) => tf.log(x),
  sqrt: (tf, x) => tf.sqrt(x),
  abs: (tf, x) => tf.abs(x),
}

/** The lowest float32: padding with it never wins a maximum. */
const lowest = -3.4028234663852886e38

export type Computation =
  | 'Pointwise'
  | 'Scale'
  | 'Subtract'
  | 'Divide'
  | 'AsMap'
  | 'LowestPadding2D'
  | 'Slice'
  | 'Reverse'
  | 'MatMul'
  | 'Constant'

/** Layers for this tfjs, by kind. Sizes are inferred from the input, so that narrower networks can be built from them too. */
export function computations(tf: Tf): { readonly [K in Computation]: (options: Options) => Layer } {
  /** A layer defined by its options. */
  abstract class Base extends tf.layers.Layer {
    readonly options: Options
    constructor(options: Options) {
      super({ name: String(options.name) })
      this.options = options
    }
    abstract compute(x: Tensor, y: Tensor): Tensor
    override call(inputs: Tensor | Tensor[]): Tensor {
      const [x, y] = Array.isArray(inputs) ? inputs : [inputs]
      return tf.tidy(() => this.compute(x!, y!)) // y for layers with two inputs
    }
    override computeOutputShape(shapes: Shape | Shape[]): Shape {
      return this.shapeOf((Array.isArray(shapes[0]) ? shapes[0] : shapes) as Shape)
    }
    shapeOf(shape: Shape): Shape {
      return shape
    }
    override getConfig(): never {
      return { ...this.options } as never // tf.layers types configurations by their layers
    }
  }

  /** `function` applied elementwise, with its constants `a` and `b`. */
  class Pointwise extends Base {
    static className = 'Pointwise'
    compute(x: Tensor): Tensor {
      const {
        function: name,
        a = 0,
        b = 0,
      } = this.options as { readonly function: PointwiseFunction; readonly a?: number; readonly b?: number }
      return functions[name](tf, x, a, b)
    }
  }

  /** γ · x + β, each optional, with the shape of the last `rank` axes of the input. */
  class Scale extends Base {
    static className = 'Scale'
    gamma: Weight | undefined
    beta: Weight | undefined
    override build(shape: Shape): void {
      const own = shape.slice(-Number(this.options.rank)) as number[]
      // The values come from the network's weights; the initializer is in the configuration.
      const weight = (name: string): Weight => this.addWeight(name, own, 'float32', tf.initializers.zeros())
      if (this.options.scale === true) this.gamma = weight('gamma')
      if (this.options.center === true) this.beta = weight('beta')
      super.build(shape)
    }
    compute(x: Tensor): Tensor {
      const scaled = this.gamma === undefined ? x : tf.mul(x, this.gamma.read())
      return this.beta === undefined ? scaled : tf.add(scaled, this.beta.read())
    }
    override getConfig(): never {
      const [gammaInitializer, betaInitializer] = ['Ones', 'Zeros'].map((className) => ({ className, config: {} }))
      return { ...this.options, gammaInitializer, betaInitializer } as never
    }
  }

  class Subtract extends Base {
    static className = 'Subtract'
    compute(x: Tensor, y: Tensor): Tensor {
      return tf.sub(x, y)
    }
  }

  class Divide extends Base {
    static className = 'Divide'
    compute(x: Tensor, y: Tensor): Tensor {
      return tf.div(x, y)
    }
  }

  /** [batch, channels] → [batch, 1, 1, channels] */
  class AsMap extends Base {
    static className = 'AsMap'
    compute(x: Tensor): Tensor {
      return tf.reshape(x, [x.shape[0]!, 1, 1, x.shape[1]!])
    }
    override shapeOf([batch, channels]: Shape): Shape {
      return [batch!, 1, 1, channels!]
    }
  }

  /** Padding that never wins a maximum: `padding` [[top, bottom], [left, right]]. */
  class LowestPadding2D extends Base {
    static className = 'LowestPadding2D'
    get #sides(): [[number, number], [number, number]] {
      return this.options.padding as [[number, number], [number, number]]
    }
    compute(x: Tensor): Tensor {
      return tf.pad(x, [[0, 0], ...this.#sides, [0, 0]], lowest)
    }
    override shapeOf([batch, height, width, channels]: Shape): Shape {
      const [rows, columns] = this.#sides.map(([before, after]) => before + after)
      return [batch!, height! + rows!, width! + columns!, channels!]
    }
  }

  /** From `begin` up to but not including `end` of an axis other than the batch. */
  class Slice extends Base {
    static className = 'Slice'
    get #part(): { readonly axis: number; readonly begin: number; readonly end: number } {
      return this.options as { readonly axis: number; readonly begin: number; readonly end: number } & Options
    }
    compute(x: Tensor): Tensor {
      const { axis, begin } = this.#part
      const sizes = this.shapeOf(x.shape) as number[]
      return tf.slice(
        x,
        x.shape.map((_, each) => (each === axis ? begin : 0)),
        sizes,
      )
    }
    override shapeOf(shape: Shape): Shape {
      const { axis, begin, end } = this.#part
      return shape.with(axis, end - begin)
    }
  }

  /** Backwards along an axis, which the batch's is not. */
  class Reverse extends Base {
    static className = 'Reverse'
    compute(x: Tensor): Tensor {
      return tf.reverse(x, Number(this.options.axis))
    }
  }

  /** Of matrices in the last two axes, [rows, inner] and [inner, columns], one for each place of the axes before them. */
  class MatMul extends Base {
    static className = 'MatMul'
    compute(x: Tensor, y: Tensor): Tensor {
      return tf.matMul(x, y)
    }
    override computeOutputShape([x, y]: Shape[]): Shape {
      return [...x!.slice(0, -1), y!.at(-1)!]
    }
  }

  /** The same for each example: a weight of this `shape`. What it reads tells how many examples there are. */
  class Constant extends Base {
    static className = 'Constant'
    declared: ReadonlyMap<string, DeclaredWeight> = new Map()
    #constant: Weight | undefined
    get #shape(): number[] {
      return this.options.shape as number[]
    }
    override build(shape: Shape): void {
      this.#constant = this.addWeight('constant', this.#shape, 'float32', tf.initializers.zeros())
      const initializer = { kind: 'normal', std: 0.02 } as const
      this.declared = new Map([['constant', { shape: this.#shape, role: 'embedding', prunable: false, initializer }]])
      super.build(shape)
    }
    compute(x: Tensor): Tensor {
      const one = tf.expandDims(this.#constant!.read(), 0)
      return tf.tile(one, [x.shape[0]!, ...this.#shape.map(() => 1)])
    }
    override shapeOf([batch]: Shape): Shape {
      return [batch!, ...this.#shape]
    }
  }

  return {
    Pointwise: (options) => new Pointwise(options),
    Scale: (options) => new Scale(options),
    Subtract: (options) => new Subtract(options),
    Divide: (options) => new Divide(options),
    AsMap: (options) => new AsMap(options),
    LowestPadding2D: (options) => new LowestPadding2D(options),
    Slice: (options) => new Slice(options),
    Reverse: (options) => new Reverse(options),
    MatMul: (options) => new MatMul(options),
    Constant: (options) => new Constant(options),
  }
}

type Weight = { read(): Tensor }
