/** Masks as a safetensors file: one bit per weight, least significant bit first, zero-padded to a byte; shapes in the metadata. */

import { canonical } from '../../dsl/check/canonical.ts'
import type { Masks } from '../../stdlib/network.ts'
import { problems } from './problems.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'

/** @param shapes by parameter name. Mask values must be 0 or 1. */
export function writeMasks(masks: Masks, shapes: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const tensors = new Map<string, StoredTensor>()
  const described: { [name: string]: readonly number[] } = Object.create(null)
  for (const [name, mask] of masks) {
    const shape = shapes.get(name)
    if (shape === undefined) throw new TypeError(`a mask is for ${name}, which is not a parameter`)
    if (shape.reduce((product, size) => product * size, 1) !== mask.length)
      throw new TypeError(`the mask of ${name} has ${mask.length} values`)
    described[name] = shape
    const bits = pack(mask, name)
    tensors.set(name, { dtype: 'U8', shape: [bits.length], data: bits })
  }
  return writeSafetensors(tensors, { format: 'espalier mask bits 1', shapes: canonical(described) })
}

/** Masks with their shapes. @param file named in errors @throws StoreProblem of kind `malformed` */
export function readMasks(bytes: Uint8Array, file: string): Map<string, { readonly shape: readonly number[]; readonly mask: Uint8Array }> {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const shapes = parseShapes(metadata.shapes, file)
  if (shapes.size !== tensors.size) throw problems.malformed(file, 'masks and shapes differ in number')
  const masks = new Map<string, { shape: readonly number[]; mask: Uint8Array }>()
  for (const [name, shape] of shapes) {
    const tensor = tensors.get(name)
    const count = shape.reduce((product, size) => product * size, 1)
    const fits = tensor?.dtype === 'U8' && tensor.shape.length === 1 && tensor.data.length === Math.ceil(count / 8)
    if (!fits) throw problems.malformed(file, 'a mask and its shape disagree', [['mask', name]])
    masks.set(name, { shape, mask: unpack(tensor.data, count, name, file) })
  }
  return masks
}

function parseShapes(text: string | undefined, file: string): Map<string, readonly number[]> {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    throw problems.malformed(file, 'the shapes of its masks are not JSON')
  }
  if (typeof value !== 'object' || value === null) throw problems.malformed(file, 'the shapes of its masks are not a map')
  return new Map(
    Object.entries(value).map(([name, shape]: [string, unknown]) => {
      const ok = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
      if (!ok) throw problems.malformed(file, 'the shape of a mask is not a list of sizes', [['mask', name]])
      return [name, shape as number[]] // every element was just checked
    }),
  )
}

function pack(mask: Uint8Array, name: string): Uint8Array {
  const bits = new Uint8Array(Math.ceil(mask.length / 8))
  for (let i = 0; i < mask.length; i++) {
    const value = mask[i]!
    if (value > 1) throw new TypeError(`the mask of ${name} has the value ${value}; 0 and 1 are meant`)
    bits[i >> 3]! |= value << (i & 7)
  }
  return bits
}

function unpack(bits: Uint8Array, count: number, name: string, file: string): Uint8Array {
  const mask = new Uint8Array(count)
  for (let i = 0; i < count; i++) mask[i] = (bits[i >> 3]! >> (i & 7)) & 1
  const rest = count & 7
  if (rest !== 0 && bits[bits.length - 1]! >> rest !== 0) throw problems.malformed(file, 'a mask has bits past its end', [['mask', name]])
  return mask
}
