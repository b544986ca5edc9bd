/** One operator of a file with its inputs. The translation reads its inputs and attributes; those that were not read are rejected. */
import type { Draft, Drafts, DraftWeight } from '../../import/drafts.ts'
import { importProblems, type Where } from '../../import/problems.ts'
import type { Constant, Folding } from './constant.ts'
import type { Attribute, NodeProto } from './model-proto.ts'
import { batchAxis, type Computed, isComputed, ordered, pictureOrder, type Value } from './value.ts'

/** State shared by the operators of one file. */
export interface Translation {
  readonly drafts: Drafts
  readonly folding: Folding
  readonly opset: number
  /** Size of the batch, if the file fixes it. */
  readonly batch: number | undefined
  /** Names of the values that some operator reads, or that are outputs of the model. */
  readonly read: ReadonlySet<string>
}

/** Results of an operator, in the order of its outputs. */
export type Translate = (operator: Operator) => Value | readonly Value[]

export class Operator {
  readonly where: Where
  readonly of: Translation
  readonly node: NodeProto
  readonly #inputs: readonly (Value | undefined)[]
  readonly #read = new Set<string>()

  constructor(of: Translation, node: NodeProto, inputs: readonly (Value | undefined)[]) {
    this.of = of
    this.node = node
    this.#inputs = inputs
    this.where = { kind: node.operator, name: node.name || node.outputs[0] || node.operator }
  }

  get drafts(): Drafts {
    return this.of.drafts
  }

  get count(): number {
    return this.#inputs.length
  }

  input(index: number): Value {
    const value = this.optional(index)
    if (value === undefined) throw importProblems.unfit(this.where, `its input ${index + 1} is missing`)
    return value
  }

  optional(index: number): Value | undefined {
    return this.#inputs[index]
  }

  /** An input with the batch as a separate first axis. */
  computed(index = 0): Computed {
    const value = this.anywhere(index)
    if (batchAxis(value) === 0 && value.within === undefined) return value
    throw this.refused(`input ${index + 1}`, `the batch in axis ${batchAxis(value)} of ${value.shape.length}`, 'the batch first')
  }

  /** An input with the batch in any axis. */
  anywhere(index = 0): Computed {
    const value = this.input(index)
    if (!isComputed(value)) throw this.refused(`input ${index + 1}`, 'a constant', 'what is computed of the input')
    if (value.tokens) throw this.refused(`input ${index + 1}`, 'tokens', 'numbers; tokens are read by Gather, of an embedding')
    return value
  }

  constant(index: number): Constant {
    const value = this.input(index)
    if (!isComputed(value)) return value
    throw importProblems.unsupported(this.where, `input ${index + 1}`, 'computed of the input', 'a constant')
  }

  /** An image input, converted to [height, width, channels]. */
  picture(index = 0): Draft {
    const value = this.computed(index)
    if (value.shape.length !== 4)
      throw importProblems.unsupported(this.where, 'input', `${value.shape.length} axes`, '4 axes, [batch, channels, height, width]')
    return ordered(this.drafts, this.where, value, pictureOrder)
  }

  whole(name: string, without: number): number {
    const value = this.#attribute(name) ?? without
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw importProblems.unfit(this.where, `its attribute ${name} is no whole number`)
  }

  number(name: string, without: number): number {
    const value = this.#attribute(name) ?? without
    if (typeof value === 'number' && Number.isFinite(value)) return shortest(value)
    throw importProblems.unfit(this.where, `its attribute ${name} is no number`)
  }

  /** Undefined if the attribute is omitted. */
  list(name: string): readonly number[] | undefined {
    const value = this.#attribute(name)
    if (value === undefined || (Array.isArray(value) && value.length <= 16 && value.every(Number.isSafeInteger)))
      return value as readonly number[]
    throw importProblems.unfit(this.where, `its attribute ${name} is no list of whole numbers`)
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#attribute(name)
    if (value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'))) return value as readonly string[]
    throw importProblems.unfit(this.where, `its attribute ${name} is no list of texts`)
  }

  text(name: string, without: string): string {
    const value = this.#attribute(name) ?? without
    if (typeof value === 'string') return value
    throw importProblems.unfit(this.where, `its attribute ${name} is no text`)
  }

  tensor(name: string): Attribute {
    return this.#attribute(name)
  }

  /** Integers that are an attribute in older operator sets, and an input in newer ones. */
  given(name: string, index: number): readonly number[] | undefined {
    const listed = this.list(name)
    if (listed !== undefined || this.optional(index) === undefined) return listed
    return this.numbers(index)
  }

  /** The integers in a small constant input. */
  numbers(index: number): readonly number[] {
    const { shape, values } = this.constant(index)
    const numbers = Array.from(shape.length <= 1 && (shape[0] ?? 1) <= 64 ? values() : [Number.POSITIVE_INFINITY])
    if (numbers.every((value) => Number.isNaN(value) || Number.isSafeInteger(value) || Math.abs(value) >= 2 ** 53)) return numbers
    throw importProblems.unfit(this.where, `its input ${index + 1} is no short list of whole numbers`)
  }

  /** Rejects an attribute unless it has the only supported value. */
  only(name: string, found: unknown, translated: unknown): void {
    if (found !== translated) throw this.refused(name, found, String(translated))
  }

  refused(option: string, value: unknown, says: string): Error {
    return importProblems.unsupported(this.where, option, value, says)
  }

  unfit(what: string): Error {
    return importProblems.unfit(this.where, what)
  }

  /** Rejects inputs and attributes that were not read. */
  settle(): void {
    for (const [name, value] of this.node.attributes)
      if (!this.#read.has(name)) throw this.refused(`attribute ${name}`, value ?? 'given', 'without it')
  }

  /** The name of a layer with the weights of an input: PyTorch's module name if known, otherwise the operator's name. */
  named(index: number): Where {
    const [, module] = /^(.+)[./](weight|bias|gamma|kernel)$/.exec(this.node.inputs[index] ?? '') ?? []
    return module === undefined ? this.where : { kind: this.where.kind, name: module, ofWeights: true }
  }

  #attribute(name: string): Attribute {
    this.#read.add(name)
    return this.node.attributes.get(name)
  }
}

/** The shortest decimal that rounds to the same float32: 1e-5 instead of the nearest double. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.fround(decimal) === Math.fround(value)) return decimal
  }
  return Math.fround(value)
}

/** A weight, optionally permuted. @param from our index → index in the file @param times factor */
export function weight(of: Constant, shape: readonly number[] = of.shape, from?: (here: number) => number, times = 1): DraftWeight {
  return {
    shape,
    values: () => {
      const values = of.values()
      const count = shape.reduce((product, size) => product * size, 1)
      return Float32Array.from({ length: count }, (_, here) => times * values[from === undefined ? here : from(here)]!)
    },
  }
}
