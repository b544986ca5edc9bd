/** Sums over leading axes and over segments, copies without copying, and casts to bool: missing, slow or wrong in the backend. */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Attrs, Kernels } from './kernels.ts'

export function installReductions(k: Kernels): void {
  k.replace('UnsortedSegmentSum', () => (inputs, attrs) => segmentSum(k, inputs.x!, inputs.segmentIds!, attrs))
  k.replace('Sum', (original) => (inputs, attrs) => {
    const x = inputs.x!
    return reducesLeadingAxes(k, x, attrs) ? columnSums(k, x) : original(inputs, attrs)
  })
  // Values are never written in place, so a copy may share them; automatic differentiation makes one of every saved tensor.
  k.replace('Identity', () => (inputs) => k.reshape(inputs.x!, inputs.x!.shape))
  // The backend takes the last byte of the integer part: 256 would be false, −1 would be 255.
  k.replace('Cast', (original) => (inputs, attrs) => {
    const x = inputs.x!
    if (attrs.dtype !== 'bool' || x.dtype === 'bool') return original(inputs, attrs)
    const zero = k.call('ZerosLike', { x }, {})
    const truth = k.call('NotEqual', { a: x, b: zero }, {})
    k.free(zero)
    return truth
  })
}

/** out[s] = Σ of the rows of x whose id is s. Ids out of range are ignored. */
function segmentSum(k: Kernels, x: TensorInfo, segmentIds: TensorInfo, attrs: Attrs): TensorInfo {
  const { numSegments } = attrs as { numSegments: number }
  const rest = x.shape.slice(segmentIds.shape.length)
  const width = rest.reduce((product, n) => product * n, 1)
  const sums = new Float64Array(numSegments * width)
  const out = k.make([numSegments, ...rest])
  const xs = k.floats(x)
  const ids = k.ints(segmentIds)
  for (let row = 0; row < ids.length; row++) {
    const segment = ids[row]!
    if (segment < 0 || segment >= numSegments) continue
    for (let c = 0; c < width; c++) sums[segment * width + c]! += xs[row * width + c]!
  }
  k.floats(out).set(sums)
  return out
}

/** Whether it sums over all axes but the last, as the gradient of a bias does; the backend would transpose first. */
function reducesLeadingAxes(k: Kernels, x: TensorInfo, attrs: Attrs): boolean {
  const { axis, keepDims } = attrs as { axis: number | number[]; keepDims: boolean }
  if (keepDims || x.dtype !== 'float32' || x.shape.length < 2) return false
  const axes = k.tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b)
  return axes.length === x.shape.length - 1 && axes.every((at, i) => at === i)
}

function columnSums(k: Kernels, x: TensorInfo): TensorInfo {
  const width = x.shape.at(-1)!
  const sums = new Float64Array(width)
  const out = k.make([width])
  const xs = k.floats(x)
  for (let row = 0; row < xs.length; row += width) for (let c = 0; c < width; c++) sums[c]! += xs[row + c]!
  k.floats(out).set(sums)
  return out
}
