/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header length, a JSON header, the data.
 * Always written in the same order (by type, then by name, like the reference implementation), so equal tensors give equal bytes.
 * Files are untrusted input: every number in the header is checked against the file size before it is used for an allocation.
 */
import { sizeOf } from '../../stdlib/network.ts'
import { problems } from './problems.ts'

export type StoredTensor =
  | { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array }

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** The header's `__metadata__`. */
  readonly metadata: { readonly [key: string]: string }
}

/** Bytes per element. */
const ours = { F32: 4, I32: 4, U8: 1 } as const
/** Order of the reference implementation: wider types first keeps every tensor aligned. */
const rank = { F32: 0, I32: 1, U8: 2 } as const
type Dtype = keyof typeof ours

/** The reference implementation's limit, in bytes. */
const headerLimit = 100_000_000

/** @throws TypeError if a tensor's `shape` and `data` differ in size, or its name is `__metadata__` */
export function writeSafetensors(tensors: ReadonlyMap<string, StoredTensor>, metadata: Safetensors['metadata'] = {}): Uint8Array {
  const order = [...tensors].sort(([a, x], [b, y]) => rank[x.dtype] - rank[y.dtype] || (a < b ? -1 : 1))
  const header: [string, unknown][] = []
  const keys = Object.keys(metadata).sort()
  if (keys.length > 0) header.push(['__metadata__', Object.fromEntries(keys.map((key) => [key, metadata[key]]))])
  let end = 0
  for (const [name, { dtype, shape, data }] of order) {
    if (name === '__metadata__') throw new TypeError('a tensor cannot be named __metadata__')
    if (sizeOf(shape) !== data.length) throw new TypeError(`${name} has shape [${shape}] but ${data.length} values`)
    header.push([name, { dtype, shape, data_offsets: [end, end + data.byteLength] }])
    end += data.byteLength
  }
  // Not JSON.stringify of an object, which would move integer-like names such as "12" to the front.
  const json = `{${header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const text = new TextEncoder().encode(json)
  const padded = Math.ceil(text.length / 8) * 8 // keeps the data aligned
  const file = new Uint8Array(8 + padded + end)
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true)
  file.fill(0x20, 8, 8 + padded).set(text, 8)
  let at = 8 + padded
  for (const [, { data }] of order) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

/** Data are copied. @param file named in errors @throws StoreProblem of kind `malformed` for any deviation from the format */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { tensors, metadata } = tensorsIn(bytes, file, ours)
  return { tensors: new Map(tensors.map(({ name, dtype, shape, data }) => [name, view(dtype, shape, data)])), metadata }
}

/** A tensor's bytes, undecoded. */
export interface RawTensor<D extends string> {
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  /** Little-endian. */
  readonly data: ArrayBuffer
}

/** As `readSafetensors`, for other types. @param types bytes per element of each accepted type @returns tensors in header order */
export function tensorsIn<D extends string>(bytes: Uint8Array, file: string, types: { readonly [D_ in D]: number }) {
  const start = 8 + headerLength(bytes, bytes.length, file)
  const { entries, metadata } = readHeader(bytes.subarray(8, start), bytes.length - start, file, types)
  const tensors = entries.map(({ name, dtype, shape, begin, end }): RawTensor<D> => {
    const from = bytes.byteOffset + start + begin
    return { name, dtype, shape, data: bytes.buffer.slice(from, from + end - begin) as ArrayBuffer } // never a SharedArrayBuffer here
  })
  return { tensors, metadata }
}

/** The metadata only, without reading any tensor data. @param size of the file, in bytes */
export async function readMetadata(
  read: (at: number, bytes: number) => Promise<Uint8Array>,
  size: number,
  file: string,
): Promise<Safetensors['metadata']> {
  const length = headerLength(await read(0, Math.min(8, size)), size, file)
  return readHeader(await read(8, length), size - 8 - length, file, ours).metadata
}

/** The header length in the first 8 bytes. */
function headerLength(first: Uint8Array, size: number, file: string): number {
  if (first.length < 8) throw problems.malformed(file, 'it is too short for a header', [['bytes', String(size)]])
  const declared = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true)
  if (declared <= BigInt(Math.min(size - 8, headerLimit))) return Number(declared)
  throw problems.malformed(file, 'its header is said to be longer than the file or the limit', [
    ['header bytes', String(declared)],
    ['file bytes', String(size)],
  ])
}

interface Entry<D extends string> {
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  /** Byte offsets within the data section. */
  readonly begin: number
  readonly end: number
}

/** @param available bytes of data after the header, which the entries must cover without gaps or overlaps */
function readHeader<D extends string>(
  bytes: Uint8Array,
  available: number,
  file: string,
  types: { readonly [D_ in D]: number },
): { entries: readonly Entry<D>[]; metadata: Safetensors['metadata'] } {
  const isType = (dtype: unknown): dtype is D => typeof dtype === 'string' && Object.hasOwn(types, dtype)
  const wrong = (what: string, ...facts: (readonly [string, string])[]) => problems.malformed(file, what, facts)
  const entries: Entry<D>[] = []
  let metadata: Safetensors['metadata'] = {}
  for (const [name, value] of parseHeader(bytes, wrong)) {
    if (name === '__metadata__') {
      if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string'))
        throw wrong('its __metadata__ is not a map of texts')
      metadata = value as Safetensors['metadata'] // every value was just checked to be a string
      continue
    }
    const about = ['tensor', JSON.stringify(name.slice(0, 200))] as const
    if (!isRecord(value)) throw wrong('a tensor has no description', about)
    const { dtype, shape, data_offsets: offsets } = value
    if (!isType(dtype))
      throw wrong(`a tensor has a type other than ${Object.keys(types).join(', ')}`, about, [
        'type',
        dtype === undefined ? 'none' : String(dtype),
      ])
    if (!isCounts(shape)) throw wrong('a shape is not a list of sizes', about)
    if (!isCounts(offsets) || offsets.length !== 2) throw wrong('data offsets are not two positions', about)
    const [begin, end] = offsets as [number, number]
    if (begin > end || end > available)
      throw wrong('a tensor lies outside the data', about, ['offsets', `${begin}–${end}`], ['data bytes', String(available)])
    const needed = sizeOf(shape) * types[dtype]
    if (needed !== end - begin)
      throw wrong(
        'type, shape and size of a tensor disagree',
        about,
        ['needed bytes', String(needed)],
        ['given bytes', String(end - begin)],
      )
    entries.push({ name, dtype, shape, begin, end })
  }

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  for (const { name, begin, end } of entries) {
    if (begin !== covered)
      throw wrong(
        'tensors overlap or leave a hole',
        ['tensor', JSON.stringify(name)],
        ['expected at', String(covered)],
        ['is at', String(begin)],
      )
    covered = end
  }
  if (covered !== available)
    throw wrong('its data and its header differ in length', ['described', String(covered)], ['present', String(available)])
  return { entries, metadata }
}

function view(dtype: Dtype, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  if (dtype === 'F32') return { dtype, shape, data: new Float32Array(buffer) }
  if (dtype === 'I32') return { dtype, shape, data: new Int32Array(buffer) }
  return { dtype, shape, data: new Uint8Array(buffer) }
}

function parseHeader(bytes: Uint8Array, wrong: (what: string, ...facts: (readonly [string, string])[]) => Error): [string, unknown][] {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    header = JSON.parse(text)
  } catch (cause) {
    throw wrong('its header is not JSON', ['parser error', (cause as Error).message.slice(0, 200)])
  }
  if (!isRecord(header)) throw wrong('its header is not a JSON object')
  const names = topLevelNames(text)
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw wrong('a name occurs twice', ['name', JSON.stringify(name.slice(0, 200))])
    seen.add(name)
  }
  return Object.entries(header)
}

/** The top-level keys of a JSON object's text, duplicates included (JSON.parse silently keeps the last). */
function topLevelNames(json: string): string[] {
  const names: string[] = []
  let depth = 0
  for (const { 0: token } of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token.endsWith(':')) names.push(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)))
  }
  return names
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= 32 && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
