/**
 * Operations for kernels written in JavaScript over the WebAssembly heap: call a registered kernel, allocate a result, access values, and
 * replace a missing, wrong or slow kernel.
 */
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs'
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import type { WasmBackend } from './memory.ts'
import { problem } from './problem.ts'

export type Shape = readonly number[]
export type Inputs = { readonly [name: string]: TensorInfo }
/** A kernel's attributes, as tfjs' operation passes them. */
export type Attrs = NamedAttrMap
export type Kernel = (inputs: Inputs, attrs: Attrs) => TensorInfo

export interface Kernels {
  readonly tf: Tf
  /** Allocates a result; not initialised. */
  make(shape: Shape): TensorInfo
  /** The same values in another shape. The caller frees both. */
  reshape(x: TensorInfo, shape: Shape): TensorInfo
  transpose(x: TensorInfo, perm: Shape): TensorInfo
  /** Runs the kernel registered under `name`. */
  call(name: string, inputs: Inputs, attrs: object): TensorInfo
  free(...tensors: TensorInfo[]): void
  /** Registers a result with tfjs as a tensor. */
  tensor(made: TensorInfo): Tensor
  /** A float32 tensor's values in place. Valid until the next allocation, which may move the heap. */
  floats(x: TensorInfo): Float32Array
  ints(x: TensorInfo): Int32Array
  /** Replaces a kernel; `original` is the registered one, or a kernel that throws. */
  replace(name: string, kernel: (original: Kernel) => Kernel): void
}

export function kernelsOf(tf: Tf, backend: WasmBackend): Kernels {
  const run = (name: string, kernelFunc: KernelFunc, inputs: Inputs, attrs: object): TensorInfo => {
    const made = kernelFunc({ inputs, attrs: attrs as NamedAttrMap, backend })
    if (Array.isArray(made)) throw new Error(`${name} gives ${made.length} results`)
    return made
  }
  const kernels: Kernels = {
    tf,
    make: (shape) => backend.makeOutput([...shape], 'float32'),
    reshape(x, shape) {
      backend.incRef(x.dataId)
      return { dataId: x.dataId, shape: [...shape], dtype: x.dtype }
    },
    transpose: (x, perm) => kernels.call('Transpose', { x }, { perm }),
    call(name, inputs, attrs) {
      const registered = tf.getKernel(name, 'wasm')
      if (registered === undefined) throw missing(name)
      return run(name, registered.kernelFunc, inputs, attrs)
    },
    free(...tensors) {
      for (const tensor of tensors) backend.disposeData(tensor.dataId)
    },
    // tfjs types its back ends without the wasm one's members.
    tensor: (made) => tf.engine().makeTensorFromTensorInfo(made, tf.engine().backend),
    floats: (x) => backend.typedArrayFromHeap(x) as Float32Array,
    ints: (x) => backend.typedArrayFromHeap(x) as Int32Array,
    replace(name, kernel) {
      const registered = tf.getKernel(name, 'wasm')
      if (registered !== undefined) tf.unregisterKernel(name, 'wasm')
      const original: Kernel = (inputs, attrs) => {
        if (registered === undefined) throw missing(name)
        return run(name, registered.kernelFunc, inputs, attrs)
      }
      const replacement = kernel(original)
      tf.registerKernel({
        ...registered,
        kernelName: name,
        backendName: 'wasm',
        // tfjs types inputs as possibly absent; each kernel here takes the ones its operation always passes.
        kernelFunc: ({ inputs, attrs }) => replacement(inputs as Inputs, attrs ?? {}),
      })
    },
  }
  return kernels
}

function missing(name: string) {
  return problem('unsupported', {
    title: `the portable engine does not have the operation ${name}`,
    facts: [['operation', name]],
    hint: 'Use the native engine for this model.',
  })
}
