/** tfjs's backend over our binding: tfjs-node's kernels, eager and traced. Registered once per process. */
import util from 'node:util'
import tfjs from '@tensorflow/tfjs'
import { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js'
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import { engineProblems } from '../problems.ts'
import { type Attr, attr } from './attributes.ts'
import { Binding, type OpTrace } from './binding.ts'
import { dtypes, type Metadata } from './metadata.ts'

/** The type of the namespace has a default export that the CommonJS module itself does not. */
export const tf = tfjs as Tf

/** tfjs-node's record of a tensor. `values` are kept here until TensorFlow first needs them. */
interface TensorInfo {
  readonly shape: number[]
  readonly dtype: number
  values: ArrayLike<number> | null
  id: number
  refCount: number
  /** The trace in which JavaScript created it. */
  born?: OpTrace | undefined
}

/** The inherited members used here; tfjs-node types its binding after its addon, which is not used. */
interface Inherited {
  readonly tensorMap: { get(dataId: object): TensorInfo }
  move(dataId: object, values: ArrayLike<number>, shape: number[], dtype: string, refCount: number): void
  createOutputTensor(metadata: Metadata): Tensor
  getDTypeInteger(dtype: string): number
  disposeData(dataId: object, force?: boolean): boolean
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array
  incRef(dataId: object): void
}
const Base = NodeJSKernelBackend as unknown as new (binding: Binding, packageName: string) => Inherited

/** Larger constants that are not uniform are data or random numbers that were traced by mistake. */
const largestConstant = 4096

export class Backend extends Base {
  readonly binding: Binding

  constructor(binding: Binding) {
    super(binding, 'tfjs')
    this.binding = binding
  }

  override move(dataId: object, values: ArrayLike<number>, shape: number[], dtype: string, refCount: number): void {
    super.move(dataId, values, shape, dtype, refCount)
    this.tensorMap.get(dataId).born = this.binding.trace
  }

  /** The binding's id of a tensor, which is created if only JavaScript has its values. */
  idOf({ dataId }: { readonly dataId: object }): number {
    const info = this.tensorMap.get(dataId)
    if (info.values !== null) {
      const inTrace = this.binding.trace !== undefined && info.born === this.binding.trace
      info.id = inTrace ? this.#constant(info, info.values) : this.binding.createEager(info.shape, info.dtype, info.values)
      info.values = null
    }
    return info.id
  }

  /** tfjs-node's kernels call this for every operation. */
  getInputTensorIds(tensors: readonly ({ readonly dataId: object } | { readonly valueArray: Int32Array })[]): number[] {
    // The other kind is tfjs-node's Int64Scalar.
    return tensors.map((tensor) =>
      'dataId' in tensor ? this.idOf(tensor) : this.binding.createTensor([], dtypes.INT64, tensor.valueArray),
    )
  }

  /** Sets a variable's value without copying; tensors that share the old one keep it. */
  update(variable: Tensor, { id }: Pick<Metadata, 'id'>): void {
    const info = this.tensorMap.get(variable.dataId)
    if (info.refCount > 1) {
      const { shape, dtype } = this.binding.entry(id)
      tf.tidy(() => (variable as import('../../../stdlib/engine.ts').Variable).assign(this.createOutputTensor({ id, shape, dtype })))
      return
    }
    if (info.values === null) this.binding.deleteTensor(info.id)
    info.id = id
    info.values = null
  }

  #constant({ shape, dtype }: TensorInfo, values: ArrayLike<number>): number {
    if (values.length > 16) {
      const [first] = Array.from({ length: 1 }, () => values[0]!)
      let uniform = true
      for (let i = 1; i < values.length && uniform; i++) uniform = values[i] === first
      if (uniform) {
        const dims = this.binding.createTensor([shape.length], dtypes.INT32, shape)
        const value = this.binding.createTensor([], dtype, [first!])
        return this.binding.executeOp('Fill', [attr.type('index_type', dtypes.INT32)], [dims, value], 1)[0]!.id
      }
      if (values.length > largestConstant)
        throw engineProblems.badStep(
          `A step made a constant of ${values.length} values.`,
          [['shape', `[${shape.join(', ')}]`]],
          'It would be the same at every call: pass data and random numbers in as inputs.',
        )
    }
    return this.binding.createTensor(shape, dtype, values)
  }
}

/** Runs one TensorFlow operation on tfjs tensors. */
export function raw(backend: Backend, op: string, inputs: readonly Tensor[], attrs: readonly Attr[], outputs = 1): Tensor[] {
  return backend.binding
    .executeOp(op, attrs, backend.getInputTensorIds(inputs), outputs)
    .map((metadata) => backend.createOutputTensor(metadata))
}

let registered: Backend | undefined

/** TensorFlow keeps its thread pools for the life of a process: the settings of the first call remain. */
export async function registerBackend(directory: string, config: Uint8Array, device?: string): Promise<Backend> {
  if (registered !== undefined) return registered
  // tfjs-node calls functions that Node has removed.
  Object.assign(util, { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value === null || value === undefined })
  const backend = new Backend(new Binding(directory, config, device))
  // tfjs-node looks the backend up by this name.
  tf.registerBackend('tensorflow', () => backend as unknown as import('@tensorflow/tfjs').KernelBackend, 3)
  await import('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js')
  tf.setBackend('tensorflow')
  await tf.ready()
  registered = backend
  return backend
}
