/**
 * Mixed precision, as PyTorch's autocast has it: products take their factors rounded to bfloat16 (8 bits of mantissa, float32's range, so
 * no gradient needs scaling), sum in float32, and their result, rounded to bfloat16 by the kernel, becomes float32 again. Everything else,
 * weights and sums of weights included, stays float32.
 */
import { type Attr, attr } from './attributes.ts'
import { dtypes, type Metadata } from './metadata.ts'

/** TensorFlow's number for it; no tensor of this type leaves a trace. */
const bfloat16 = 14

/** Operations that are mostly multiplications: only they gain. */
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

/** Runs an operation by `run`, in bfloat16 if it gains from it. */
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
