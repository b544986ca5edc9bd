/**
 * Convolutions of maps with few pixels and large kernels, as at the end of a VGG: oneDNN computes them image by image and reads the kernel
 * again for each, which takes up to three times as long as one matrix product (docs/benchmarks.md).
 */
import type { Tensor } from '../../../stdlib/engine.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import { type Backend, tf } from './backend.ts'
import { type Attrs, type Inputs, replace } from './replace-kernel.ts'

/** Largest number of pixels of a map for which products are faster. */
const fewPixels = 4
/** Smallest number of weights of a kernel for which they are: 2 MB, about the size of a core's cache. */
const manyWeights = 2 ** 19

export function installSmallConvolutions(backend: Backend): void {
  const asProduct =
    (
      shapes: (inputs: Inputs, attrs: Attrs) => readonly [image: readonly number[], kernel: readonly number[]],
      few: (pixels: number) => boolean,
    ) =>
    (inputs: Inputs, attrs: Attrs): boolean => {
      const [[, height, width], kernel] = shapes(inputs, attrs)
      const { trace } = backend.binding
      return (
        few(height! * width!) &&
        sizeOf(kernel) >= manyWeights &&
        kernel[0] === 3 &&
        kernel[1] === 3 &&
        isPlain(attrs) &&
        trace?.xla !== true &&
        trace?.mixed !== true
      )
    }
  // With one pixel only the middle of the kernel counts: oneDNN uses that, except for the kernel's gradient.
  const few = (pixels: number) => pixels > 1 && pixels <= fewPixels
  const forward = asProduct(({ x, filter }) => [x!.shape, filter!.shape], few)
  const toInput = asProduct(({ filter }, { inputShape }) => [inputShape as number[], filter!.shape], few)
  const toFilter = asProduct(
    ({ x }, { filterShape }) => [x!.shape, filterShape as number[]],
    (pixels) => pixels <= fewPixels,
  )

  replace('Conv2D', (inputs, attrs, original) => {
    if (!forward(inputs, attrs)) return original()
    const { x, filter } = inputs
    const [, , channels, filters] = filter!.shape as [3, 3, number, number]
    return tf.tidy(() => {
      const product = tf.matMul(windows(x!), tf.reshape(filter!, [9 * channels, filters]))
      return tf.reshape(product, [...x!.shape.slice(0, 3), filters])
    })
  })

  replace('Conv2DBackpropFilter', (inputs, attrs, original) => {
    if (!toFilter(inputs, attrs)) return original()
    const { x, dy } = inputs
    const filters = dy!.shape[3]!
    return tf.tidy(() => {
      const product = tf.matMul(windows(x!), tf.reshape(dy!, [dy!.size / filters, filters]), true)
      return tf.reshape(product, attrs.filterShape as [number, number, number, number])
    })
  })

  replace('Conv2DBackpropInput', (inputs, attrs, original) => {
    if (!toInput(inputs, attrs)) return original()
    const { dy, filter } = inputs
    const [, , channels, filters] = filter!.shape as [3, 3, number, number]
    return tf.tidy(() => {
      // The gradient of the input is a convolution of dy with the flipped kernel.
      const turned = tf.transpose(tf.reshape(filter!, [9, channels, filters]), [0, 2, 1])
      const product = tf.matMul(windows(dy!, 'backwards'), tf.reshape(turned, [9 * filters, channels]))
      return tf.reshape(product, attrs.inputShape as number[])
    })
  })
}

/** Stride and dilation 1, zero-padded to the same size. */
function isPlain({ strides, dilations = 1, pad, dataFormat }: Attrs): boolean {
  const ones = [strides, dilations].flat().every((step) => step === 1)
  return ones && pad === 'same' && dataFormat === 'NHWC'
}

/** The 3 × 3 neighbours of every pixel, side by side: [batch · height · width, 9 · channels]. */
function windows(x: Tensor, order: 'forwards' | 'backwards' = 'forwards'): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ])
  const moved = [0, 1, 2].flatMap((down) =>
    [0, 1, 2].map((right) => tf.slice(padded, [0, down, right, 0], [batch, height, width, channels])),
  )
  return tf.reshape(tf.concat(order === 'forwards' ? moved : moved.toReversed(), 3), [batch * height * width, 9 * channels])
}
