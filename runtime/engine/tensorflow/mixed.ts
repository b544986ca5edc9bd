/**
 * Mixed precision as in PyTorch's autocast: products take factors rounded to bfloat16 (8 bits of mantissa, float32's range, so that no
 * gradient needs scaling) and sum in float32; their result, rounded to bfloat16 by the kernel, is cast back to float32. Everything else,
 * including weights and sums of weights, stays float32.
 */
import { type Attr, attr } from './attributes.ts'
import { dtypes, type Metadata } from './metadata.ts'

/** TensorFlow's number of the type; no tensor of this type leaves a trace. */
const bfloat16 = 14

/** Operations dominated by multiplications: only these gain from it. */
const products: ReadonlySet<string> = new Set([
  'MatMul',
  'BatchMatMulV2',
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNative',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
])

type Run = (name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number) => Metadata[]

/** Runs an operation with `run`, in bfloat16 if it gains from it. */
export function mixed(run: Run, dtypeOf: (id: number) => number): Run {
  const cast = (id: number, from: number, to: number) => run('Cast', [attr.type('SrcT', from), attr.type('DstT', to)], [id], 1)[0]!
  return (name, attrs, ids, outputs) => {
    const inFloat = attrs.some(({ name, value }) => name === 'T' && value === dtypes.FLOAT)
    if (!products.has(name) || !inFloat) return run(name, attrs, ids, outputs)
    const rounded = ids.map((id) => (dtypeOf(id) === dtypes.FLOAT ? cast(id, dtypes.FLOAT, bfloat16).id : id))
    const typed = attrs.map((each) => (each.name === 'T' ? attr.type('T', bfloat16) : each))
    return run(name, typed, rounded, outputs).map(({ id }) => cast(id, bfloat16, dtypes.FLOAT))
  }
}
