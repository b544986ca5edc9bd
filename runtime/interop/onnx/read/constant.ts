/** Values in a file that do not depend on the network's input: weights, shapes, and values computed from them. */
import { sizeOf } from '../../../../stdlib/network.ts'
import { limits } from '../../import/limits.ts'
import { importProblems } from '../../import/problems.ts'
import { type NumberType, numbersIn } from '../../weights-file.ts'
import type { TensorProto } from './model-proto.ts'

export interface Constant {
  readonly shape: readonly number[]
  /** Row-major. In shapes, NaN stands for the size of the batch. */
  readonly values: () => ArrayLike<number>
  readonly whole: boolean
}

export const constant = (shape: readonly number[], values: readonly number[], whole: boolean): Constant => ({
  shape,
  values: () => values,
  whole,
})

/** Supported types, by `TensorProto.DataType`. */
const types: { readonly [type: number]: NumberType | undefined } = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  16: 'BF16',
}
const bytesOf: { readonly [T in NumberType]: number } = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 }

/**
 * Validates that the length of the data matches the shape.
 * @param outside bytes of a tensor in an external file
 */
export function constantOf(tensor: TensorProto, outside: (tensor: TensorProto, bytes: number) => Uint8Array): Constant {
  const { name, shape, type, listed } = tensor
  const kind = types[type]
  if (kind === undefined) throw importProblems.outside('a constant has a type that is not read', { constant: name, 'type of data': type })
  const count = sizeOf(shape)
  const raw = tensor.outside === undefined ? tensor.raw : outside(tensor, count * bytesOf[kind])
  const found = raw === undefined ? listed.length : raw.length / bytesOf[kind]
  if (found !== count)
    throw importProblems.malformed('a constant is not as large as its sizes say', {
      constant: name,
      sizes: `[${shape.join(', ')}]`,
      values: found,
    })
  const whole = !['F64', 'F32', 'F16', 'BF16'].includes(kind)
  if (raw === undefined) {
    // Half floats are stored as bit patterns.
    const bits = kind === 'F16' || kind === 'BF16'
    return { shape, whole, values: () => (bits ? numbersIn(kind, Uint16Array.from(listed).buffer) : listed) }
  }
  return { shape, whole, values: once(() => numbersIn(kind, new Uint8Array(raw).buffer)) }
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Evaluates operators with only constant inputs, within a budget per file. */
export class Folding {
  #left: number = limits.folded

  /** @param value the element at a row-major index */
  made(shape: readonly number[], whole: boolean, value: (at: number) => number): Constant {
    const count = sizeOf(shape)
    this.#left -= count
    if (!(this.#left >= 0)) throw importProblems.tooLarge('what is computed of its constants', `[${shape.join(', ')}]`, limits.folded)
    return constant(
      shape,
      Array.from({ length: count }, (_, at) => value(at)),
      whole,
    )
  }

  transposed(of: Constant, order: readonly number[]): Constant {
    const shape = order.map((axis) => of.shape[axis]!)
    const strides = stridesOf(of.shape)
    const values = of.values()
    return this.made(
      shape,
      of.whole,
      positions(
        shape,
        order.map((axis) => strides[axis]!),
        (from) => values[from]!,
      ),
    )
  }

  /** Elementwise over broadcast constants; undefined when the shapes cannot be broadcast. */
  combined(all: readonly Constant[], whole: boolean, compute: (...values: readonly number[]) => number): Constant | undefined {
    const shape = all.map((each) => each.shape).reduce<readonly number[] | undefined>((a, b) => a && broadcast(a, b), [])
    if (shape === undefined) return undefined
    const values = all.map((each) => spread(each, shape))
    return this.made(shape, whole, (at) => compute(...values.map((value) => value(at))))
  }

  /** Selects positions along an axis. */
  taken(of: Constant, axis: number, indices: readonly number[]): Constant {
    const [inner, size, values] = [sizeOf(of.shape.slice(axis + 1)), of.shape[axis]!, of.values()]
    return this.made(of.shape.with(axis, indices.length), of.whole, (at) => {
      const [outer, index] = [Math.floor(at / inner / indices.length), Math.floor(at / inner) % indices.length]
      return values[(outer * size + indices[index]!) * inner + (at % inner)]!
    })
  }

  joined(all: readonly Constant[], axis: number): Constant {
    const sizes = all.map(({ shape }) => shape[axis]!)
    const shape = all[0]!.shape.with(
      axis,
      sizes.reduce((sum, size) => sum + size, 0),
    )
    const inner = sizeOf(shape.slice(axis + 1))
    const values = all.map((each) => each.values())
    return this.made(
      shape,
      all.every(({ whole }) => whole),
      (at) => {
        let along = Math.floor(at / inner) % shape[axis]!
        const outer = Math.floor(at / inner / shape[axis]!)
        let from = 0
        for (; along >= sizes[from]!; from++) along -= sizes[from]!
        return values[from]![(outer * sizes[from]! + along) * inner + (at % inner)]!
      },
    )
  }
}

const stridesOf = (shape: readonly number[]): readonly number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/** Maps a row-major index in `shape` to the element of a tensor with these strides. */
function positions(shape: readonly number[], steps: readonly number[], value: (from: number) => number): (at: number) => number {
  const own = stridesOf(shape)
  return (at) => value(own.reduce((sum, stride, axis) => sum + (Math.floor(at / stride) % shape[axis]!) * steps[axis]!, 0))
}

/** The broadcast shape, aligned at the last axis; undefined when the shapes are incompatible. */
export function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length)
  const at = (shape: readonly number[], axis: number) => shape[shape.length - rank + axis] ?? 1
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [at(a, axis), at(b, axis)]
    return one === other || other === 1 ? one : one === 1 ? other : Number.NaN
  })
  return shape.every((size) => size >= 0) ? shape : undefined
}

/** Indexes a constant by the row-major index in the shape that it is broadcast to. */
function spread(of: Constant, shape: readonly number[]): (at: number) => number {
  const missing = shape.length - of.shape.length
  const strides = stridesOf(of.shape)
  const steps = shape.map((_, axis) => (axis < missing || of.shape[axis - missing] === 1 ? 0 : strides[axis - missing]!))
  const values = of.values()
  return positions(shape, steps, (from) => values[from]!)
}
