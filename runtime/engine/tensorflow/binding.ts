/**
 * Runs TensorFlow operations one by one, or adds them to the graph while a trace is recorded. It replaces tfjs-node's C++ addon, so that
 * tfjs-node's kernels run on it unchanged.
 */
import { engineProblems } from '../problems.ts'
import { type Attr, attrTypes } from './attributes.ts'
import { type CApi, loadCApi, type Ptr, type TfOutput } from './capi.ts'
import { dtypes, int64s, type Metadata } from './metadata.ts'
import { mixed } from './mixed.ts'
import { type OpDef, parseOpList } from './op-list.ts'

const bytesPerElement: { readonly [dtype: number]: number } = { 1: 4, 2: 8, 3: 4, 4: 1, 8: 8, 9: 8, 10: 1 }

/** A live tensor: an eager handle, or in a trace an output of a node. */
export interface Entry {
  readonly shape: number[]
  readonly dtype: number
  /** Also missing while a step updates it in place. */
  handle?: Ptr
  readonly output?: TfOutput
  /** Number of steps in flight and traces that need it; until it is 0, deletion is deferred. */
  pins: number
  deleted: boolean
}

/** A trace, as the binding uses it. */
export interface OpTrace {
  readonly mixed: boolean
  readonly xla: boolean
  op(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): Metadata[]
  constant(tensor: Ptr, dtype: number): TfOutput
  constantValue(output: TfOutput): Ptr | undefined
  inLayer<R>(name: string, run: () => R): R
  fused(op: string, places: readonly number[], rest: readonly number[], start?: number): Metadata[] | undefined
  scaled(id: number, by: number): Metadata | undefined
}

export class Binding {
  readonly c: CApi
  readonly context: Ptr
  readonly status: Ptr
  readonly ops: Map<string, OpDef>
  /** The trace being recorded, which receives all operations. */
  trace: OpTrace | undefined
  readonly #entries = new Map<number, Entry>()
  #next = 1

  // Read by tfjs-node's kernels from their addon.
  readonly TF_FLOAT = dtypes.FLOAT
  readonly TF_INT32 = dtypes.INT32
  readonly TF_INT64 = dtypes.INT64
  readonly TF_BOOL = dtypes.BOOL
  readonly TF_COMPLEX64 = dtypes.COMPLEX64
  readonly TF_STRING = dtypes.STRING
  readonly TF_RESOURCE = dtypes.RESOURCE
  readonly TF_UINT8 = dtypes.UINT8
  readonly TF_ATTR_STRING = attrTypes.STRING
  readonly TF_ATTR_INT = attrTypes.INT
  readonly TF_ATTR_FLOAT = attrTypes.FLOAT
  readonly TF_ATTR_BOOL = attrTypes.BOOL
  readonly TF_ATTR_TYPE = attrTypes.TYPE
  readonly TF_ATTR_SHAPE = attrTypes.SHAPE
  readonly TF_ATTR_RESOURCE = attrTypes.RESOURCE
  readonly TF_Version: string
  /** Device that float32 values from JavaScript are copied to; undefined: they stay in the processor's memory. */
  readonly device: string | undefined

  constructor(directory: string, config: Uint8Array, device?: string) {
    const c = loadCApi(directory)
    this.c = c
    this.status = c.newStatus()
    const options = c.newContextOptions()
    c.contextConfig(options, config, config.length, this.status)
    this.check('the configuration')
    this.context = c.newContext(options, this.status)
    this.check('the context')
    c.deleteContextOptions(options)
    const list = c.allOps()
    this.ops = parseOpList(c.bufferBytes(list))
    c.deleteBuffer(list)
    this.TF_Version = c.version()
    this.device = device
  }

  isUsingGpuDevice(): boolean {
    return this.device !== undefined
  }
  /** Devices of the library, e.g. `/job:localhost/replica:0/task:0/device:CPU:0`. */
  devices(): string[] {
    const { c, status } = this
    const list = c.devices(this.context, status)
    this.check('the list of devices')
    const names = Array.from({ length: c.deviceCount(list) }, (_, i) => String(c.deviceName(list, i, status)))
    c.deleteDevices(list)
    return names
  }
  /** Device of an eager tensor's values. */
  deviceOf(id: number): string {
    const name = this.c.handleDevice(this.entry(id).handle, this.status)
    this.check('the device of a tensor')
    return String(name)
  }
  getNumOfTensors(): number {
    return this.#entries.size
  }

  /** Throws the error of the shared status. */
  check(what: string): void {
    if (this.c.code(this.status) !== 0) throw engineProblems.failed(what, this.c.message(this.status))
  }

  add(tensor: Pick<Entry, 'shape' | 'dtype' | 'handle' | 'output'>): Metadata {
    const id = this.#next++
    this.#entries.set(id, { ...tensor, pins: 0, deleted: false })
    return { id, shape: tensor.shape, dtype: tensor.dtype }
  }

  entry(id: number): Entry {
    const entry = this.#entries.get(id)
    if (entry !== undefined) return entry
    throw engineProblems.badStep(
      'A tensor was used that is gone: it was disposed, or it left its trace.',
      [],
      'Keep it alive, or make it again.',
    )
  }

  /** Whether it has not been disposed. */
  isLive(id: number): boolean {
    return this.#entries.get(id)?.deleted === false
  }

  pin(id: number): void {
    this.entry(id).pins++
  }
  unpin(id: number): void {
    const entry = this.entry(id)
    if (--entry.pins === 0 && entry.deleted) this.deleteTensor(id)
  }
  deleteTensor(id: number): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.deleted = true
    if (entry.pins > 0) return
    if (entry.handle !== undefined) this.c.deleteHandle(entry.handle)
    this.#entries.delete(id)
  }
  /** Releases a tensor's values unless they are in use elsewhere; the tensor remains. */
  letGo(id: number): void {
    const entry = this.entry(id)
    if (entry.pins > 0) return
    this.c.deleteHandle(entry.handle)
    entry.handle = undefined
  }
  /** Removes the tensors of a trace that has ended. */
  dropTraced(): void {
    for (const [id, { output }] of this.#entries) if (output !== undefined) this.#entries.delete(id)
  }

  /** Creates a tensor from JavaScript's values; in a trace, a constant. */
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number> | ArrayBufferView): number {
    const tensor = this.#tensorOf(shape, dtype, values)
    try {
      return this.trace === undefined
        ? this.#wrap(tensor, shape, dtype)
        : this.add({ output: this.trace.constant(tensor, dtype), shape: [...shape], dtype }).id
    } finally {
      this.c.deleteTensor(tensor)
    }
  }
  /** Creates an eager tensor, even during a trace. */
  createEager(shape: readonly number[], dtype: number, values: ArrayLike<number> | ArrayBufferView): number {
    const tensor = this.#tensorOf(shape, dtype, values)
    try {
      return this.#wrap(tensor, shape, dtype)
    } finally {
      this.c.deleteTensor(tensor)
    }
  }
  #wrap(tensor: Ptr, shape: readonly number[], dtype: number): number {
    const handle = this.c.newHandle(tensor, this.status)
    this.check('a tensor')
    return this.add({ handle: this.#onDevice(handle, dtype), shape: [...shape], dtype }).id
  }
  /** Copies data and weights to the device once, not at every step. Integers stay: most kernels need them in the processor's memory. */
  #onDevice(handle: Ptr, dtype: number): Ptr {
    if (this.device === undefined || dtype !== dtypes.FLOAT) return handle
    const copy = this.c.handleCopy(handle, this.context, this.device, this.status)
    this.c.deleteHandle(handle)
    this.check(`a tensor for ${this.device}`)
    return copy
  }
  #tensorOf(shape: readonly number[], dtype: number, values: ArrayLike<number> | ArrayBufferView): Ptr {
    const size = bytesPerElement[dtype]
    if (size === undefined) throw engineProblems.failed('a tensor', `element type ${dtype} is not supported`)
    const source = ArrayBuffer.isView(values)
      ? values
      : dtype === dtypes.FLOAT
        ? Float32Array.from(values)
        : dtype === dtypes.BOOL
          ? Uint8Array.from(values)
          : Int32Array.from(values)
    // tfjs passes an int64 scalar as its two halves.
    const bytes = shape.reduce((product, n) => product * n, size)
    if (source.byteLength !== bytes)
      throw engineProblems.failed('a tensor', `${source.byteLength} bytes of data for shape [${shape}], which needs ${bytes}`)
    const tensor = this.c.allocateTensor(dtype, int64s(shape), shape.length, bytes)
    if (tensor === null) throw engineProblems.failed('a tensor', `out of memory: cannot allocate ${bytes} bytes`)
    if (bytes > 0) this.c.copy(this.c.tensorData(tensor), new Uint8Array(source.buffer, source.byteOffset, bytes), bytes)
    return tensor
  }

  /** Copies a tensor's values out. In a trace only constants have values. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array | BigInt64Array {
    const { c } = this
    const { handle, output, dtype } = this.entry(id)
    let tensor: Ptr
    if (output !== undefined) tensor = this.trace?.constantValue(output) ?? unreadable()
    else {
      tensor = c.handleResolve(handle, this.status)
      this.check('reading a tensor')
    }
    const bytes = Number(c.tensorBytes(tensor))
    const buffer = new ArrayBuffer(bytes)
    if (bytes > 0) c.copy(new Uint8Array(buffer), c.tensorData(tensor), bytes)
    c.deleteTensor(tensor)
    if (dtype === dtypes.FLOAT || dtype === dtypes.COMPLEX64) return new Float32Array(buffer)
    if (dtype === dtypes.INT32) return new Int32Array(buffer)
    return dtype === dtypes.INT64 ? new BigInt64Array(buffer) : new Uint8Array(buffer)
  }

  executeOp(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): Metadata[] {
    const { trace } = this
    if (trace === undefined) return this.executeEager(name, attrs, ids, outputs)
    const run: typeof this.executeOp = (...op) => trace.op(...op)
    return (trace.mixed ? mixed(run, (id) => this.entry(id).dtype) : run)(name, attrs, ids, outputs)
  }

  /** Runs an operation at once, even during a trace. */
  executeEager(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): Metadata[] {
    const { c, status } = this
    const op = c.newOp(this.context, name, status)
    this.check(name)
    try {
      for (const attr of attrs) this.#setAttr(op, name, attr)
      for (const id of ids) {
        c.opInput(op, this.#handleOf(id, name), status)
        this.check(name)
      }
      const handles: Ptr[] = new Array(outputs).fill(null)
      const count = [outputs]
      c.execute(op, handles, count, status)
      this.check(name)
      return handles.slice(0, count[0]).map((handle) => this.#adopt(handle))
    } finally {
      c.deleteOp(op)
    }
  }
  #handleOf(id: number, name: string): Ptr {
    const { handle } = this.entry(id)
    if (handle !== undefined) return handle
    throw engineProblems.badStep(`${name} was given a tensor of a trace outside it.`, [], 'Return it from the step instead.')
  }
  #setAttr(op: Ptr, owner: string, { name, type, value }: Attr): void {
    const { c } = this
    switch (type) {
      case attrTypes.STRING:
        c.opString(op, name, value, Buffer.byteLength(value))
        break
      case attrTypes.INT:
        if (Array.isArray(value)) c.opInts(op, name, int64s(value), value.length)
        else c.opInt(op, name, value)
        break
      case attrTypes.FLOAT:
        c.opFloat(op, name, value)
        break
      case attrTypes.BOOL:
        c.opBool(op, name, value ? 1 : 0)
        break
      case attrTypes.TYPE:
        c.opType(op, name, value)
        break
      case attrTypes.SHAPE:
        c.opShape(op, name, int64s(value), value.length, this.status)
        this.check(owner)
        break
      default:
        throw engineProblems.failed(owner, `attribute ${name} has a kind that is not supported`)
    }
  }
  #adopt(handle: Ptr): Metadata {
    const { c, status } = this
    const rank = c.handleRank(handle, status)
    const shape = Array.from({ length: rank }, (_, i) => Number(c.handleDim(handle, i, status)))
    return this.add({ handle, shape, dtype: c.handleType(handle) })
  }
}

function unreadable(): never {
  throw engineProblems.badStep(
    'A step read the value of a tensor while it was traced.',
    [],
    'A trace has no values yet (dataSync, arraySync, and operations whose output shape depends on values). Return the tensor from the step and read it after the call.',
  )
}
