/**
 * Corrects gradients that tfjs-core 4.22 gets wrong on every backend. Most throw for some shapes and are silently wrong for others,
 * e.g. a running sum over the first axis of a square matrix.
 */
import type { NamedAttrMap } from '@tensorflow/tfjs'
import type { Tensor, Tf } from '../../stdlib/engine.ts'

type Gradients = { readonly [input: string]: () => Tensor }
type Gradient = (dy: Tensor, saved: readonly Tensor[], attrs: NamedAttrMap) => Gradients

export function correctGradients(tf: Tf): void {
  /** Sums a gradient over the axes along which its input was broadcast. */
  const narrow = (gradient: Tensor, { shape }: Tensor): Tensor => {
    const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape)
    return tf.reshape(axes.length > 0 ? tf.sum(gradient, axes) : gradient, shape)
  }
  const where = (truth: Tensor, dy: Tensor) => tf.mul(dy, tf.cast(truth, 'float32'))

  // tfjs: the gradients keep the result's shape when an input was broadcast (tfjs#8721, for matrices).
  replace(tf, 'Maximum', (dy, [a, b]) => ({
    a: () => narrow(where(tf.greaterEqual(a!, b!), dy), a!),
    b: () => narrow(where(tf.less(a!, b!), dy), b!),
  }))
  replace(tf, 'Minimum', (dy, [a, b]) => ({
    a: () => narrow(where(tf.lessEqual(a!, b!), dy), a!),
    b: () => narrow(where(tf.greater(a!, b!), dy), b!),
  }))
  replace(tf, 'SquaredDifference', (dy, [a, b]) => ({
    a: () => narrow(tf.mul(dy, tf.mul(2, tf.sub(a!, b!))), a!),
    b: () => narrow(tf.mul(dy, tf.mul(2, tf.sub(b!, a!))), b!),
  }))

  const { gradFunc: matmul } = tf.getGradient('BatchMatMul')
  replace(tf, 'BatchMatMul', (dy, [a, b], attrs) => {
    const wide = matmul(dy, [a!, b!], attrs) as unknown as Gradients
    return { a: () => narrow(wide.a!(), a!), b: () => narrow(wide.b!(), b!) }
  })

  // tfjs: transposed where the sum does not run along the last axis.
  replace(tf, 'Cumsum', (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }
    return { x: () => tf.cumsum(dy, axis, exclusive, !reverse) }
  })

  // tfjs: negative axes are counted from the start.
  const { gradFunc: product } = tf.getGradient('Prod')
  replace(tf, 'Prod', (dy, [x], { axis }) => {
    const axes = tf.util.parseAxisParam((axis as number | number[] | null) ?? x!.shape.map((_, i) => i), x!.shape)
    return product(dy, [x!], { axis: axes }) as unknown as Gradients
  })

  // tfjs: the gradient of a plain division. That of a step function is 0.
  replace(tf, 'FloorDiv', (_, [a, b]) => ({ a: () => tf.zeros(a!.shape), b: () => tf.zeros(b!.shape) }))

  // tfjs: the gradients of mirrored values are lost.
  replace(tf, 'MirrorPad', (dy, [x], attrs) => {
    const { paddings, mode } = attrs as { readonly paddings: [number, number][]; readonly mode: 'reflect' | 'symmetric' }
    const fold = (y: Tensor, axis: number) => folded(tf, y, axis, x!.shape[axis]!, paddings[axis]!, mode)
    return { x: () => x!.shape.reduce<Tensor>((y, _, axis) => fold(y, axis), dy) }
  })
}

/** Adds what was mirrored along an axis to the values that it mirrored. `reflect` excludes the value at the border. */
function folded(tf: Tf, y: Tensor, axis: number, size: number, [before, after]: readonly [number, number], mode: string): Tensor {
  const border = mode === 'reflect' ? 1 : 0
  const cut = (from: number, count: number) =>
    tf.slice(
      y,
      y.shape.map((_, i) => (i === axis ? from : 0)),
      y.shape.map((n, i) => (i === axis ? count : n)),
    )
  const placed = (part: Tensor, at: number) =>
    tf.pad(
      tf.reverse(part, axis),
      y.shape.map((_, i): [number, number] => (i === axis ? [at, size - at - part.shape[axis]!] : [0, 0])),
    )
  const parts = [cut(before, size)]
  if (before > 0) parts.push(placed(cut(0, before), border))
  if (after > 0) parts.push(placed(cut(before + size, after), size - after - border))
  return tf.addN(parts)
}

function replace(tf: Tf, kernelName: string, gradient: Gradient): void {
  const registered = tf.getGradient(kernelName)
  tf.unregisterGradient(kernelName)
  tf.registerGradient({
    ...registered,
    // One output each, so one dy.
    gradFunc: (dy, saved, attrs) => gradient(dy as Tensor, saved, attrs),
  })
}
