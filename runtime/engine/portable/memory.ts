/**
 * Turns an exhausted heap into an error. Upstream ignores malloc's result, so that tensors would alias address 0, and a kernel whose
 * library (XNNPACK) runs out of memory only prints a warning and leaves its result unwritten.
 */
import type { EngineProblem } from '../problems.ts'
import './problem.ts'
import { problem } from './problem.ts'

/** Address space of 32-bit WebAssembly, in bytes. */
const heapLimit = 2 ** 32
/** XNNPACK's `xnn_status_out_of_memory`. */
const noRoom = 'Got status 6'
const bytesPerElement: { readonly [dtype: string]: number } = { float32: 4, int32: 4, bool: 1, complex64: 8, string: 0 }

let failure: string | undefined

/** Runs `start`, in which Emscripten captures `console.warn` for good: XNNPACK's failures are recorded instead of printed. */
export async function onWarnings(start: () => Promise<void>): Promise<void> {
  const { warn } = console
  console.warn = (...message: unknown[]) => {
    if (String(message[0]).startsWith('XNN status')) failure ??= String(message[0])
    else warn.apply(console, message)
  }
  try {
    await start()
  } finally {
    console.warn = warn
  }
}

const checked = new WeakMap<WasmBackend, () => void>()

/** Checks every allocation of `backend` from now on; the returned function throws errors that a kernel could not throw. */
export function checkedMemory(backend: WasmBackend): () => void {
  const known = checked.get(backend)
  if (known !== undefined) return known
  const { move } = backend
  // Emscripten's malloc and free replace themselves at their first call, which would undo the wrapper.
  backend.wasm._free(backend.wasm._malloc(1))
  const malloc = backend.wasm._malloc
  const exhausted = Symbol('exhausted')
  const raiseFailure = () => {
    if (failure === undefined) return
    const message = failure
    failure = undefined
    throw kernelFailure(backend, message)
  }
  backend.wasm._malloc = (bytes) => {
    const address = malloc(bytes)
    if (address === 0 && bytes > 0) throw exhausted
    return address
  }
  backend.move = function (this: WasmBackend, dataId, values, shape, dtype, refCount) {
    raiseFailure()
    const bytes = shape.reduce((product, n) => product * n, bytesPerElement[dtype] ?? 0)
    // malloc takes 32 bits: a larger request would wrap to a smaller one and succeed.
    if (bytes >= heapLimit) throw outOfMemory(this, shape, dtype, bytes)
    try {
      move.call(this, dataId, values, shape, dtype, refCount)
    } catch (cause) {
      throw cause === exhausted ? outOfMemory(this, shape, dtype, bytes) : cause
    }
  }
  checked.set(backend, raiseFailure)
  return raiseFailure
}

const heapOf = (backend: WasmBackend) => ['heap', `${backend.wasm.HEAPU8.byteLength} bytes now, at most ${heapLimit}`] as const

function outOfMemory(backend: WasmBackend, shape: readonly number[], dtype: string, bytes: number): EngineProblem {
  return problem('out-of-memory', {
    title: `the portable engine has no room for a tensor of ${bytes.toLocaleString('en')} bytes`,
    facts: [['tensor', `${dtype} [${shape.join(', ')}]`], ['bytes', String(bytes)], heapOf(backend)],
    hint: 'Use a smaller batch or a smaller model, or the native engine.',
  })
}

function kernelFailure(backend: WasmBackend, message: string): EngineProblem {
  if (message.includes(noRoom)) {
    return problem('out-of-memory', {
      title: 'the portable engine has no room for an operation to work in',
      facts: [['library', message], heapOf(backend)],
      hint: 'Use a smaller batch or a smaller model, or the native engine.',
    })
  }
  return problem('failed', {
    title: 'an operation of the portable engine failed',
    facts: [['library', message]],
    hint: 'Check the shapes of the model, or use the native engine.',
  })
}

/** The parts of tfjs' `BackendWasm` used here. Version 4.22.0 is pinned: they are not its public interface. */
export interface WasmBackend {
  readonly wasm: { _malloc(bytes: number): number; _free(address: number): void; readonly HEAPU8: Uint8Array }
  move(dataId: object, values: ArrayBufferView | null, shape: number[], dtype: string, refCount: number): void
  makeOutput(shape: number[], dtype: string): import('@tensorflow/tfjs').TensorInfo
  disposeData(dataId: object, force?: boolean): boolean
  incRef(dataId: object): void
  typedArrayFromHeap(tensor: import('@tensorflow/tfjs').TensorInfo): Float32Array | Int32Array | Uint8Array
}
