/** Operations of one value each, and of two with broadcasting. */
import type { Tensor, Tf } from '../../../../stdlib/engine.ts'
import type { Case } from './case.ts'
import type { Range } from './draw.ts'

type Unary = readonly [kernel: string, op: (tf: Tf, x: Tensor) => Tensor, range?: Range, more?: Partial<Case>]

const whole = [-2, -1, 0, 1, 2]
const notGuaranteed = { tolerance: 1e-5 } as const

const unary: readonly Unary[] = [
  ['Abs', (tf, x) => tf.abs(x), { avoid: [0] }],
  ['Acos', (tf, x) => tf.acos(x), { from: -0.8, to: 0.8 }],
  ['Acosh', (tf, x) => tf.acosh(x), { from: 1.3, to: 3 }],
  ['Asin', (tf, x) => tf.asin(x), { from: -0.8, to: 0.8 }],
  ['Asinh', (tf, x) => tf.asinh(x)],
  ['Atan', (tf, x) => tf.atan(x)],
  ['Atanh', (tf, x) => tf.atanh(x), { from: -0.8, to: 0.8 }],
  ['Cast', (tf, x) => tf.cast(x, 'float32')],
  ['Ceil', (tf, x) => tf.ceil(x), { avoid: whole }],
  ['ClipByValue', (tf, x) => tf.clipByValue(x, -0.5, 0.75), { avoid: [-0.5, 0.75] }],
  ['Cos', (tf, x) => tf.cos(x)],
  ['Cosh', (tf, x) => tf.cosh(x)],
  ['Elu', (tf, x) => tf.elu(x), { avoid: [0] }],
  ['Erf', (tf, x) => tf.erf(x)],
  ['Exp', (tf, x) => tf.exp(x)],
  ['Expm1', (tf, x) => tf.expm1(x)],
  ['Floor', (tf, x) => tf.floor(x), { avoid: whole }],
  ['Identity', (tf, x) => tf.clone(x)],
  ['LeakyRelu', (tf, x) => tf.leakyRelu(x, 0.1), { avoid: [0] }],
  ['Log', (tf, x) => tf.log(x), { from: 0.5, to: 4 }],
  ['Log1p', (tf, x) => tf.log1p(x), { from: -0.5, to: 4 }],
  ['Neg', (tf, x) => tf.neg(x)],
  ['OnesLike', (tf, x) => tf.onesLike(x)],
  ['Reciprocal', (tf, x) => tf.reciprocal(x), { from: 0.5, to: 4 }],
  ['Relu', (tf, x) => tf.relu(x), { avoid: [0] }],
  ['Relu6', (tf, x) => tf.relu6(x), { from: -2, to: 8, avoid: [0, 6] }],
  ['Round', (tf, x) => tf.round(x), { avoid: [-1.5, -0.5, 0.5, 1.5] }],
  ['Rsqrt', (tf, x) => tf.rsqrt(x), { from: 0.5, to: 4 }],
  ['Selu', (tf, x) => tf.selu(x), { avoid: [0] }],
  ['Sigmoid', (tf, x) => tf.sigmoid(x)],
  ['Sign', (tf, x) => tf.sign(x), { avoid: [0] }],
  ['Sin', (tf, x) => tf.sin(x)],
  ['Sinh', (tf, x) => tf.sinh(x)],
  ['Softplus', (tf, x) => tf.softplus(x)],
  ['Sqrt', (tf, x) => tf.sqrt(x), { from: 0.5, to: 4 }],
  ['Square', (tf, x) => tf.square(x)],
  ['Step', (tf, x) => tf.step(x, 0.3), { avoid: [0] }],
  ['Tan', (tf, x) => tf.tan(x), { from: -1, to: 1 }],
  ['Tanh', (tf, x) => tf.tanh(x)],
  ['ZerosLike', (tf, x) => tf.zerosLike(x)],
]

type Binary = readonly [kernel: string, op: (tf: Tf, a: Tensor, b: Tensor) => Tensor, a?: Range, b?: Range]

const broadcasting: readonly Binary[] = [
  ['Add', (tf, a, b) => tf.add(a, b)],
  ['Sub', (tf, a, b) => tf.sub(a, b)],
  ['Multiply', (tf, a, b) => tf.mul(a, b)],
  ['RealDiv', (tf, a, b) => tf.div(a, b), {}, { from: 0.5, to: 2 }],
  ['Pow', (tf, a, b) => tf.pow(a, b), { from: 0.5, to: 2 }],
  ['Atan2', (tf, a, b) => tf.atan2(a, b), { from: 0.5 }, { from: 0.5 }],
  ['Mod', (tf, a, b) => tf.mod(a, b), { from: 4.2, to: 4.4 }, { from: 1.5, to: 1.9 }],
  ['Maximum', (tf, a, b) => tf.maximum(a, b), { from: -2, to: -0.1 }, { from: -0.05, to: 2 }],
  ['Minimum', (tf, a, b) => tf.minimum(a, b), { from: 0.1, to: 2 }, { from: -2, to: 0.05 }],
  ['SquaredDifference', (tf, a, b) => tf.squaredDifference(a, b)],
  ['Prelu', (tf, a, b) => tf.prelu(a, b), { avoid: [0] }, { from: 0.1, to: 0.4 }],
]

const comparisons: readonly Binary[] = [
  ['Equal', (tf, a, b) => tf.equal(a, b)],
  ['NotEqual', (tf, a, b) => tf.notEqual(a, b)],
  ['Greater', (tf, a, b) => tf.greater(a, b)],
  ['GreaterEqual', (tf, a, b) => tf.greaterEqual(a, b)],
  ['Less', (tf, a, b) => tf.less(a, b)],
  ['LessEqual', (tf, a, b) => tf.lessEqual(a, b)],
]

const truth = 'its result is true or false'

export const elementwise: readonly Case[] = [
  ...unary.map(
    ([kernel, op, range = {}, more = {}]): Case => ({
      name: kernel,
      kernels: kernel === 'Elu' ? ['Elu', 'EluGrad'] : [kernel],
      draw: (draw) => ({ inputs: [draw.floats(draw.shape(draw.int(1, 4)), range)], op }),
      ...notGuaranteed,
      ...more,
    }),
  ),
  ...broadcasting.map(
    ([kernel, op, first = {}, second = {}]): Case => ({
      name: `${kernel}, broadcast`,
      kernels: [kernel],
      draw(draw) {
        const shape = draw.shape(draw.int(2, 4))
        const [wide, narrow] = [draw.floats(shape, first), draw.floats(draw.narrower(shape), second)]
        return { inputs: [wide, narrow], op }
      },
      ...notGuaranteed,
    }),
  ),
  ...comparisons.map(
    ([kernel, op]): Case => ({
      name: kernel,
      kernels: [kernel],
      gradient: truth,
      draw(draw) {
        const shape = draw.shape(3)
        return { inputs: [draw.ints(shape, -1, 1), draw.ints(draw.narrower(shape), -1, 1)], op }
      },
    }),
  ),
  ...(['IsNan', 'IsInf', 'IsFinite'] as const).map(
    (kernel): Case => ({
      name: kernel,
      kernels: [kernel],
      gradient: truth,
      draw(draw) {
        const values = Float32Array.from({ length: 12 }, () => draw.pick([1, 0, -3, Number.NaN, Infinity, -Infinity]))
        const name = ({ IsNan: 'isNaN', IsInf: 'isInf', IsFinite: 'isFinite' } as const)[kernel]
        return { inputs: [{ shape: [3, 4], dtype: 'float32', values }], op: (tf, x: Tensor) => tf[name](x) }
      },
    }),
  ),
  ...(['logicalAnd', 'logicalOr'] as const).map(
    (name): Case => ({
      name,
      kernels: [name === 'logicalAnd' ? 'LogicalAnd' : 'LogicalOr'],
      gradient: truth,
      draw(draw) {
        const shape = draw.shape(3)
        return { inputs: [draw.bools(shape), draw.bools(draw.narrower(shape))], op: (tf, a: Tensor, b: Tensor) => tf[name](a, b) }
      },
    }),
  ),
  {
    name: 'logicalNot',
    kernels: ['LogicalNot'],
    gradient: truth,
    draw: (draw) => ({ inputs: [draw.bools(draw.shape(2))], op: (tf, x: Tensor) => tf.logicalNot(x) }),
  },
  {
    name: 'FloorDiv',
    kernels: ['FloorDiv'],
    draw: (draw) => ({
      inputs: [draw.floats([3, 4], { from: 4.2, to: 4.4 }), draw.floats([4], { from: 1.5, to: 1.9 })],
      op: (tf, a: Tensor, b: Tensor) => tf.floorDiv(a, b),
    }),
  },
  {
    name: 'FloorDiv, of whole numbers',
    kernels: ['FloorDiv'],
    gradient: 'its result is a whole number',
    draw: (draw) => ({ inputs: [draw.ints([3, 4], -9, 9), draw.ints([4], 1, 4)], op: (tf, a: Tensor, b: Tensor) => tf.floorDiv(a, b) }),
  },
  {
    name: 'Cast, to whole numbers and back',
    kernels: ['Cast'],
    gradient: 'its result is a whole number',
    draw: (draw) => ({
      inputs: [draw.floats(draw.shape(2), { avoid: whole }), draw.bools(draw.shape(2))],
      op: (tf, x: Tensor, truth: Tensor) => [tf.cast(x, 'int32'), tf.cast(x, 'bool'), tf.cast(truth, 'float32'), tf.cast(truth, 'int32')],
    }),
  },
  {
    name: 'AddN',
    kernels: ['AddN'],
    draw(draw) {
      const shape = draw.shape(3)
      const inputs = Array.from({ length: draw.int(2, 4) }, () => draw.floats(shape))
      return { inputs, op: (tf, ...xs: Tensor[]) => tf.addN(xs) }
    },
  },
  {
    name: 'Select',
    kernels: ['Select'],
    draw(draw) {
      const shape = draw.shape(3)
      return {
        inputs: [draw.bools(shape), draw.floats(shape), draw.floats(shape)],
        op: (tf, which: Tensor, a: Tensor, b: Tensor) => tf.where(which, a, b),
      }
    },
  },
]
