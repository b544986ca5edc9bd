/** Builds a TensorFlow function from the operations of a step's body. */
import { engineProblems } from '../problems.ts'
import { type Attr, attr } from './attributes.ts'
import type { Binding } from './binding.ts'
import type { Ptr, TfOutput } from './capi.ts'
import { LivingNodes } from './living-nodes.ts'
import { dtypes, int64s, type Metadata } from './metadata.ts'
import { setNodeAttr } from './node-attributes.ts'
import { splitInputs } from './op-list.ts'

export interface StepSettings {
  readonly xla: boolean
  readonly mixed: boolean
}

/** A variable that the step updates in its own memory. */
interface Place {
  readonly shape: number[]
  /** The resource that holds it. */
  readonly resource: TfOutput
  /** Its value at this point of the trace. */
  value: TfOutput
  /** Nodes that read `value`. TensorFlow copies a value that is updated while it is read, so the update waits for them. */
  readonly readers: Ptr[]
}

export class Trace {
  readonly #binding: Binding
  readonly #graph: Ptr
  readonly #name: string
  /** Whether XLA will compile it. */
  readonly xla: boolean
  /** Whether products are taken in bfloat16. */
  readonly mixed: boolean
  /** The layers being applied, innermost last. */
  readonly #layers: string[] = []
  /** Eager tensors that the body used, by id: they are inputs of the function. */
  readonly captured = new Map<number, TfOutput>()
  /** Eager tensors, by id, that are the values of variables to be changed in place. */
  readonly #inPlace: ReadonlySet<number>
  /** By the id of their value before the step. */
  readonly #places = new Map<number, Place>()
  /** The same by the id of the tensor that is their value at this point of the trace. */
  readonly #current = new Map<number, Place>()
  readonly #nodes = new LivingNodes((id) => this.#binding.isLive(id))
  /** Runs after everything that can fail: nothing is updated in place before. */
  #computed: Ptr | undefined
  nodes = 0
  /** The innermost layer in which an error occurred. */
  failedLayer: string | undefined

  constructor(binding: Binding, name: string, { xla, mixed }: StepSettings, inPlace: ReadonlySet<number>) {
    this.#binding = binding
    this.#graph = binding.c.newGraph()
    this.#name = name
    this.xla = xla
    this.mixed = mixed
    this.#inPlace = inPlace
  }

  /** Operations run by `body` carry the layer's name. */
  inLayer<T>(name: string, body: () => T): T {
    this.#layers.push(name)
    try {
      return body()
    } catch (cause) {
      this.failedLayer ??= name
      throw cause
    } finally {
      this.#layers.pop()
    }
  }

  placeholder(shape: readonly number[], dtype: number): TfOutput {
    const { c } = this.#binding
    const node = this.#begin('Placeholder')
    c.nodeType(node, 'dtype', dtype)
    c.nodeShape(node, 'shape', int64s(shape), shape.length)
    return { oper: this.#finish(node, 'Placeholder'), index: 0 }
  }

  constant(tensor: Ptr, dtype: number): TfOutput {
    const { c, status } = this.#binding
    const node = this.#begin('Const')
    c.nodeType(node, 'dtype', dtype)
    c.nodeTensor(node, 'value', tensor, status)
    this.#binding.check('Const')
    return { oper: this.#finish(node, 'Const'), index: 0 }
  }

  /** The tensor of a constant expression, for its shape arithmetic; undefined when it depends on inputs. The caller deletes it. */
  constantValue(output: TfOutput): Ptr | undefined {
    const { c, status } = this.#binding
    const value: Ptr[] = [null]
    return c.tryConstant(this.#graph, output, value, status) ? value[0] : undefined
  }

  /** The node output of a tensor; an eager one becomes an input of the function and is kept alive. */
  input(id: number): TfOutput {
    const { output, shape, dtype } = this.#binding.entry(id)
    if (output !== undefined) return output
    let placeholder = this.captured.get(id)
    if (placeholder === undefined) {
      const inPlace = this.#inPlace.has(id)
      placeholder = inPlace ? this.placeholder([], dtypes.RESOURCE) : this.placeholder(shape, dtype)
      this.captured.set(id, placeholder)
      this.#binding.pin(id)
      if (inPlace) {
        const place = { shape, resource: placeholder, value: this.#read(placeholder, shape, []), readers: [] }
        this.#places.set(id, place)
        this.#current.set(id, place)
      }
    }
    return this.#places.get(id)?.value ?? placeholder
  }

  op(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): Metadata[] {
    const oper = this.#node(
      name,
      attrs,
      ids.map((id) => this.input(id)),
    )
    const declared = this.#binding.ops.get(name)!.outputs
    const given = Array.from({ length: outputs }, (_, index) => this.#output(name, { oper, index }, declared[index]?.name ?? ''))
    this.#nodes.gave(oper, given)
    return given
  }

  /**
   * One of TensorFlow's fused updates of variables, in place and in one pass. Numbers are ids of tensors.
   * @param places the values of the variables it updates, its first inputs @param rest its other inputs
   * @param start value of the first variable before the update, if not its current one
   * @returns the new values; undefined when one of them is not the value of a variable updated in place
   */
  fused(op: string, places: readonly number[], rest: readonly number[], start?: number): Metadata[] | undefined {
    const inputs = rest.map((id) => this.input(id))
    const first = start === undefined ? undefined : this.input(start)
    const changed = places.map((id) => {
      if (this.#inPlace.has(id)) this.input(id)
      return this.#current.get(id)
    })
    if (!changed.every((place) => place !== undefined)) return undefined
    const attrs = [attr.type('T', dtypes.FLOAT), attr.bool('use_locking', false), attr.bool('use_nesterov', false)]
    const before = this.#beforeChanging(changed)
    const started = first === undefined ? before : [this.#assign(changed[0]!, first, before)]
    const applied = this.#node(op, attrs, [...changed.map(({ resource }) => resource), ...inputs], [...before, ...started])
    for (const id of places) this.#current.delete(id)
    return changed.map((place) => this.#renewed(place, applied))
  }

  /**
   * Multiplies a variable's current value in its own memory: TensorFlow does so once nothing else holds the value, so the variable holds the
   * factor meanwhile. @returns the product; undefined when `id` is not the value of a variable updated in place
   */
  scaled(id: number, by: number): Metadata | undefined {
    const [factor, place] = [this.input(by), this.#current.get(id)]
    if (place === undefined) return undefined
    const { value } = place
    const released = this.#assign(place, factor, [...this.#beforeChanging([place]), value.oper])
    const product = { oper: this.#node('Mul', [attr.type('T', dtypes.FLOAT)], [value, factor], [released]), index: 0 }
    this.#current.delete(id)
    return this.#renewed(place, this.#assign(place, product, []))
  }

  /**
   * Between two runs of a body: moves a variable's new value to its place, where the next run can update it.
   * @param id of its value before the step @param now of its new one @returns the moved value; undefined if it is there already
   */
  moved(id: number, now: number): Metadata | undefined {
    const place = this.#places.get(id)
    if (place === undefined || this.#current.get(now) === place) return undefined
    return this.#renewed(place, this.#assign(place, this.input(now), this.#readersOf(place)))
  }

  #beforeChanging(places: readonly Place[]): readonly Ptr[] {
    this.#computed ??= this.#node('NoOp', [], [], this.#nodes.open())
    return [this.#computed, ...places.flatMap((place) => this.#readersOf(place))]
  }

  #readersOf({ readers }: Place): readonly Ptr[] {
    return readers.filter((reader) => this.#nodes.isLiving(reader))
  }

  #renewed(place: Place, after: Ptr): Metadata {
    place.value = this.#read(place.resource, place.shape, [after])
    place.readers.length = 0
    const value = this.#binding.add({ output: place.value, shape: place.shape, dtype: dtypes.FLOAT })
    this.#current.set(value.id, place)
    return value
  }

  /** The value of a variable updated in place after the step: `end`. */
  settled(id: number, end: TfOutput): TfOutput {
    const place = this.#places.get(id)
    if (place === undefined || end === place.value) return end
    return this.#read(place.resource, place.shape, [this.#assign(place, end, this.#readersOf(place))])
  }

  #assign({ resource }: Place, value: TfOutput, after: readonly Ptr[]): Ptr {
    return this.#node('AssignVariableOp', [attr.type('dtype', dtypes.FLOAT)], [resource, value], after)
  }

  #read(resource: TfOutput, shape: readonly number[], after: readonly Ptr[]): TfOutput {
    const { c, status } = this.#binding
    const output = { oper: this.#node('ReadVariableOp', [attr.type('dtype', dtypes.FLOAT)], [resource], after), index: 0 }
    c.setShape(this.#graph, output, int64s(shape), shape.length, status)
    this.#binding.check('ReadVariableOp')
    return output
  }

  #node(name: string, attrs: readonly Attr[], inputs: readonly TfOutput[], after: readonly Ptr[] = []): Ptr {
    const { c, ops } = this.#binding
    const def = ops.get(name)
    if (def === undefined) throw engineProblems.failed(this.#where(name), 'there is no such operation')
    const node = this.#begin(name)
    let at = 0
    for (const { size, list } of splitInputs(def, inputs.length, (wanted) => attrs.find((attr) => attr.name === wanted)?.value)) {
      if (list) c.nodeInputs(node, inputs.slice(at, at + size), size)
      else c.nodeInput(node, inputs[at])
      at += size
    }
    for (const attr of attrs) {
      const type = def.attrs.get(attr.name)
      // tfjs passes some that the operation does not have (Fill's T).
      if (type === undefined || setNodeAttr(this.#binding.c, node, attr, type)) continue
      throw engineProblems.failed(this.#where(name), `attribute ${attr.name} of type ${type} is not supported`)
    }
    for (const each of after) c.nodeAfter(node, each)
    const oper = this.#finish(node, name)
    for (const input of inputs) for (const place of this.#places.values()) if (place.value === input) place.readers.push(oper)
    this.#nodes.made(oper, inputs)
    return oper
  }

  /** Registers the function under `functionName`. */
  finish(functionName: string, parameters: readonly TfOutput[], outputs: readonly TfOutput[]): void {
    const { c, status, context } = this.#binding
    const inputs = [...parameters, ...this.captured.values()]
    const made = c.toFunction(
      this.#graph,
      functionName,
      0,
      -1,
      null,
      inputs.length,
      inputs,
      outputs.length,
      outputs,
      null,
      null,
      null,
      status,
    )
    this.#binding.check(`the function of step ${this.#name}`)
    c.addFunction(context, made, status)
    this.#binding.check(`the function of step ${this.#name}`)
    c.deleteFunction(made)
  }

  dispose(): void {
    this.#binding.dropTraced()
    this.#binding.c.deleteGraph(this.#graph)
  }

  #output(name: string, output: TfOutput, declared: string): Metadata {
    const { c, status } = this.#binding
    const rank: number = c.outputRank(this.#graph, output, status)
    const dims = new BigInt64Array(Math.max(rank, 1))
    if (rank > 0) c.outputDims(this.#graph, output, dims, rank, status)
    const shape = [...dims.subarray(0, Math.max(rank, 0))].map(Number)
    const dtype: number = c.outputType(output)
    if (rank >= 0 && shape.every((size) => size >= 0)) return this.#binding.add({ output, shape, dtype })
    // Scratch memory of a fused operation: nothing reads its shape.
    if (declared.startsWith('reserve_space')) return this.#binding.add({ output, shape: [0], dtype })
    throw engineProblems.badStep(
      `${this.#where(name)} gives a tensor whose shape depends on values.`,
      [['shape', rank < 0 ? 'unknown' : `[${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`]],
      'A step needs fixed shapes: mask values instead of selecting them.',
    )
  }

  #begin(type: string): Ptr {
    const scope = [this.#name, this.#layers.at(-1)].filter((part) => part !== undefined).map(nodeName)
    return this.#binding.c.newNode(this.#graph, type, [...scope, `${type}_${this.nodes++}`].join('/'))
  }

  #finish(node: Ptr, type: string): Ptr {
    const { c, status } = this.#binding
    const oper = c.finishNode(node, status)
    if (c.code(status) !== 0) throw engineProblems.failed(this.#where(type), c.message(status), this.#facts())
    return oper
  }

  #where(op: string): string {
    const layer = this.#layers.at(-1)
    return layer === undefined ? `${op} in step ${this.#name}` : `${op} in layer ${layer} of step ${this.#name}`
  }

  #facts(): [string, string][] {
    const layers: [string, string][] = this.#layers.slice(-1).map((layer) => ['layer', layer])
    return [['step', this.#name], ...layers]
  }
}

/** Replaces characters that TensorFlow does not allow in a node's name. */
function nodeName(part: string): string {
  return part.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x$&')
}
