import type { Tensor3D, Tensor4D, Tensor5D } from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import type { Engine, Tensor, Tf } from '../../../../stdlib/engine.ts'
import { size } from './gradient-check.ts'
import { dot, error, numbers, slope } from './reference.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

type Op = [name: string, op: (tf: Tf, x: Tensor) => Tensor, shape?: readonly number[], offset?: number]

/** Kinks lie outside the differences: the values around 0 keep their sign. */
const operations: Op[] = [
  ['relu', (tf, x) => tf.relu(x)],
  ['relu6', (tf, x) => tf.relu6(tf.mul(x, 8))],
  ['elu', (tf, x) => tf.elu(x)],
  ['selu', (tf, x) => tf.selu(x)],
  ['leakyRelu', (tf, x) => tf.leakyRelu(x, 0.1)],
  ['prelu', (tf, x) => tf.prelu(x, tf.tensor1d([0.1, 0.2, 0.3, 0.4]))],
  ['sigmoid', (tf, x) => tf.sigmoid(x)],
  ['tanh', (tf, x) => tf.tanh(x)],
  ['softplus', (tf, x) => tf.softplus(x)],
  ['exp', (tf, x) => tf.exp(x)],
  ['erf', (tf, x) => tf.erf(x)],
  ['abs', (tf, x) => tf.abs(x)],
  ['square', (tf, x) => tf.square(x)],
  ['sqrt', (tf, x) => tf.sqrt(x), [2, 3, 4], 2],
  ['rsqrt', (tf, x) => tf.rsqrt(x), [2, 3, 4], 2],
  ['log', (tf, x) => tf.log(x), [2, 3, 4], 2],
  ['log1p', (tf, x) => tf.log1p(x), [2, 3, 4], 2],
  ['reciprocal', (tf, x) => tf.reciprocal(x), [2, 3, 4], 2],
  ['pow', (tf, x) => tf.pow(x, 3), [2, 3, 4], 2],
  ['sin, cos', (tf, x) => tf.add(tf.sin(x), tf.cos(x))],
  ['add, broadcast', (tf, x) => tf.add(x, tf.slice(x, [0, 0, 0], [1, 1, 4]))],
  ['sub, broadcast', (tf, x) => tf.sub(tf.slice(x, [0, 0, 0], [2, 1, 1]), x)],
  ['mul, broadcast', (tf, x) => tf.mul(x, tf.slice(x, [0, 1, 0], [1, 1, 4]))],
  ['div, broadcast', (tf, x) => tf.div(x, tf.slice(x, [0, 1, 0], [1, 1, 4])), [2, 3, 4], 2],
  ['addN', (tf, x) => tf.addN([x, tf.square(x), x])],
  ['maximum, minimum', (tf, x) => tf.add(tf.maximum(x, tf.onesLike(x).mul(0.05)), tf.minimum(x, tf.zerosLike(x)))],
  ['clip', (tf, x) => tf.clipByValue(x, -0.5, 0.55)],
  ['where', (tf, x) => tf.where(tf.tensor1d([1, 0, 1, 0], 'bool'), tf.square(x), tf.exp(x))],
  ['softmax', (tf, x) => tf.softmax(x)],
  ['logSoftmax', (tf, x) => tf.logSoftmax(x)],
  ['logSumExp', (tf, x) => tf.logSumExp(x, 1)],
  ['sum, middle axis', (tf, x) => tf.sum(x, 1)],
  ['sum, leading axes', (tf, x) => tf.sum(x, [0, 1])],
  ['mean, leading axes', (tf, x) => tf.mean(x, [0, 1])],
  ['mean', (tf, x) => tf.mean(x)],
  ['max', (tf, x) => tf.max(x, 2)],
  ['min', (tf, x) => tf.min(x, 1)],
  ['moments', (tf, x) => tf.moments(x, [0, 1]).variance],
  ['norm', (tf, x) => tf.norm(x, 2)],
  ['reshape', (tf, x) => tf.mul(tf.reshape(x, [4, 6]), tf.reshape(x, [1, 24]).slice([0, 0], [1, 6]))],
  ['transpose', (tf, x) => tf.transpose(x, [2, 0, 1])],
  ['slice', (tf, x) => tf.slice(x, [0, 1, 1], [2, 2, 2])],
  [
    'pad',
    (tf, x) =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
        [1, 1],
      ]),
  ],
  ['concat', (tf, x) => tf.concat([x, tf.square(x)], 1)],
  ['stack', (tf, x) => tf.stack([x, tf.square(x)], 1)],
  [
    'split',
    (tf, x) => {
      const [a, b] = tf.split(x, 2, 2)
      return tf.mul(a!, b!)
    },
  ],
  [
    'unstack',
    (tf, x) => {
      const [a, b] = tf.unstack(x, 0)
      return tf.mul(a!, b!)
    },
  ],
  ['tile', (tf, x) => tf.tile(x, [2, 1, 3])],
  ['reverse', (tf, x) => tf.reverse(x, [0, 2])],
  ['gather, middle axis', (tf, x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1)],
  ['expandDims, squeeze', (tf, x) => tf.squeeze(tf.expandDims(x, 1))],
  ['clone', (tf, x) => tf.mul(tf.clone(x), x)],
  [
    'batchNorm, inference',
    (tf, x) => tf.batchNorm(x, tf.tensor1d([0, 0.1, 0.2, 0.3]), tf.tensor1d([1, 2, 1, 2]), tf.zeros([4]), tf.tensor1d([1, 2, 3, 4])),
  ],
  ['localResponseNormalization', (tf, x) => tf.localResponseNormalization(x as Tensor3D, 2, 1, 0.5, 0.5)],
  ['resizeBilinear', (tf, x) => tf.image.resizeBilinear(x as Tensor4D, [5, 7]), [1, 3, 4, 2]],
  ['resizeNearestNeighbor', (tf, x) => tf.image.resizeNearestNeighbor(x as Tensor4D, [5, 7]), [1, 3, 4, 2]],
  ['conv1d', (tf, x) => tf.conv1d(x as Tensor3D, tf.tensor3d([...numbers(24, 6)], [3, 4, 2]), 1, 'same'), [2, 5, 4]],
  [
    'conv2dTranspose',
    (tf, x) => tf.conv2dTranspose(x as Tensor4D, tf.tensor4d([...numbers(54, 6)], [3, 3, 3, 2]), [1, 7, 9, 3], 2, 'valid'),
    [1, 3, 4, 2],
  ],
  [
    'separableConv2d',
    (tf, x) =>
      tf.separableConv2d(
        x as Tensor4D,
        tf.tensor4d([...numbers(18, 6)], [3, 3, 2, 1]),
        tf.tensor4d([...numbers(6, 7)], [1, 1, 2, 3]),
        1,
        'same',
      ),
    [1, 3, 4, 2],
  ],
]

describe('the gradient of every operation agrees with differences of its own value', () => {
  it.each(operations)('%s', (_, op, shape = [2, 3, 4], offset = 0) => {
    const { tf } = engine
    const x = numbers(size(shape), 2).map((value) => value + offset + Math.sign(value) * 0.1)
    const evaluate = (values: Float64Array) =>
      Float64Array.from(tf.tidy(() => op(tf, tf.tensor(Float32Array.from(values), [...shape])).dataSync<'float32'>()))
    const dy = numbers(evaluate(x).length, 3)
    const grad = tf.tidy(() => {
      const at = tf.tensor(Float32Array.from(x), [...shape])
      return tf
        .grad((x: Tensor) => op(tf, x))(at, tf.tensor(Float32Array.from(dy), op(tf, at).shape))
        .dataSync()
    })
    expect(
      error(
        slope((values) => dot(dy, evaluate(values)), x, 2 ** -7),
        grad,
      ),
    ).toBeLessThan(2e-3)
  })
})

describe('what the backend gets wrong', () => {
  it.each<Op>([
    ['conv3d', (tf, x) => tf.conv3d(x as Tensor5D, tf.ones([2, 2, 2, 2, 2]) as Tensor5D, 1, 'same')],
    ['avgPool3d', (tf, x) => tf.avgPool3d(x as Tensor5D, 2, 2, 'same')],
    ['maxPool3d', (tf, x) => tf.maxPool3d(x as Tensor5D, 2, 2, 'same')],
  ])('is refused by name: %s', (name, op) => {
    const { tf } = engine
    expect(() => tf.tidy(() => tf.grad((x: Tensor) => op(tf, x))(tf.ones([1, 3, 3, 4, 2])))).toThrow(
      new RegExp(`the portable engine has no (gradient for )?${name}`),
    )
  })
})
