/** Parquet files with pictures and labels, laid out as Hugging Face's are: `image: struct<bytes, path>`, `label`. */
import { zstdCompressSync } from 'node:zlib'

type Field = readonly [id: number, value: Value]
/** A value of Thrift's compact protocol with its type. */
type Value =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly list: readonly Value[] }
  | { readonly struct: readonly Field[] }

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))])
const zigzag = (value: number): number[] => varint(value >= 0 ? 2 * value : -2 * value - 1)
const typeOf = (value: Value): number => ('i32' in value ? 5 : 'i64' in value ? 6 : 'text' in value ? 8 : 'list' in value ? 9 : 12)

function thrift(value: Value): number[] {
  if ('i32' in value) return zigzag(value.i32)
  if ('i64' in value) return zigzag(value.i64)
  if ('text' in value) return [...varint(Buffer.byteLength(value.text)), ...Buffer.from(value.text)]
  if ('list' in value) {
    const type = value.list.length === 0 ? 5 : typeOf(value.list[0]!)
    const head = value.list.length < 15 ? [(value.list.length << 4) | type] : [0xf0 | type, ...varint(value.list.length)]
    return [...head, ...value.list.flatMap(thrift)]
  }
  let before = 0
  const fields = value.struct.flatMap(([id, field]) => {
    const head = ((id - before) << 4) | typeOf(field)
    before = id
    return [head, ...thrift(field)]
  })
  return [...fields, 0]
}

const i32 = (value: number): Value => ({ i32: value })
const i64 = (value: number): Value => ({ i64: value })
const text = (value: string): Value => ({ text: value })
const int64 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes
}
const double = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
const sized = (content: Uint8Array) => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(content.length)
  return Buffer.concat([length, content])
}

interface Column {
  readonly path: readonly string[]
  /** 2 = INT64, 5 = DOUBLE, 6 = BYTE_ARRAY */
  readonly type: 2 | 5 | 6
  /** Optional columns say of each value that it is there. */
  readonly level: number
  /** Null where there is none. */
  readonly values: readonly (Uint8Array | null)[]
}

export interface Row {
  readonly picture: Uint8Array
  /** Null: the row has none. */
  readonly label: number | string | null
}

/**
 * A file of groups of rows.
 * @param announced rows that the file says it has in each group, when not those it has
 * @param numbers how labels that are numbers are written
 */
export function parquetFile(
  groups: readonly (readonly Row[])[],
  { announced, numbers = 'int64' }: { readonly announced?: number; readonly numbers?: 'int64' | 'double' } = {},
): Uint8Array {
  const named = typeof groups[0]?.[0]?.label === 'string'
  const type = named ? 6 : numbers === 'double' ? 5 : 2
  const optional = groups.some((rows) => rows.some(({ label }) => label === null))
  const written = (label: string | number) =>
    typeof label === 'string' ? sized(Buffer.from(label)) : numbers === 'double' ? double(label) : int64(label)
  const columns = groups.map((rows): Column[] => [
    { path: ['image', 'bytes'], type: 6, level: 2, values: rows.map(({ picture }) => sized(picture)) },
    { path: ['image', 'path'], type: 6, level: 2, values: rows.map((_, i) => sized(Buffer.from(`${i}.png`))) },
    {
      path: ['label'],
      type,
      level: optional ? 1 : 0,
      values: rows.map(({ label }) => (label === null ? null : written(label))),
    },
  ])
  const schema: Value[] = [
    {
      struct: [
        [4, text('schema')],
        [5, i32(2)],
      ],
    },
    {
      struct: [
        [3, i32(1)],
        [4, text('image')],
        [5, i32(2)],
      ],
    },
    leaf('bytes', 6, 1),
    leaf('path', 6, 1, [[6, i32(0)]]),
    leaf('label', type, optional ? 1 : 0, named ? [[6, i32(0)]] : []),
  ]
  return fileOf(columns, schema, announced)
}

/** A file of one group of rows: numbers as DOUBLE, texts as BYTE_ARRAY, null where there is nothing. @param announced as above */
export function tableFile(
  table: { readonly [column: string]: readonly (number | string | null)[] },
  { announced }: { readonly announced?: number } = {},
): Uint8Array {
  const columns = Object.entries(table).map(([name, values]): Column => {
    const texts = values.some((value) => typeof value === 'string')
    const optional = values.includes(null)
    const written = (value: number | string | null) =>
      value === null ? null : typeof value === 'string' ? sized(Buffer.from(value)) : double(value)
    return { path: [name], type: texts ? 6 : 5, level: optional ? 1 : 0, values: values.map(written) }
  })
  const root: Value = {
    struct: [
      [4, text('schema')],
      [5, i32(columns.length)],
    ],
  }
  const leaves = columns.map(({ path, type, level }) => leaf(path[0]!, type, level, type === 6 ? [[6, i32(0)]] : []))
  return fileOf([columns], [root, ...leaves], announced)
}

const leaf = (name: string, type: number, repetition: number, more: readonly Field[] = []): Value => ({
  struct: [[1, i32(type)], [3, i32(repetition)], [4, text(name)], ...more],
})

/** @param announced rows that the file says it has in each group, when not those it has */
function fileOf(groups: readonly (readonly Column[])[], schema: readonly Value[], announced: number | undefined): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('PAR1')]
  let at = 4
  const put = (content: Uint8Array) => {
    parts.push(content)
    at += content.length
  }
  const rowGroups = groups.map((columns): Value => {
    const chunks = columns.map(({ path, type, level, values }): Value => {
      const levels = level === 0 ? Buffer.alloc(0) : sized(Uint8Array.from(values.flatMap((value) => [2, value === null ? 0 : level])))
      const page = Buffer.concat([levels, ...values.filter((value) => value !== null)])
      const packed = zstdCompressSync(page)
      const header: Value = {
        struct: [
          [1, i32(0)],
          [2, i32(page.length)],
          [3, i32(packed.length)],
          [
            5,
            {
              struct: [
                [1, i32(values.length)],
                [2, i32(0)],
                [3, i32(3)],
                [4, i32(3)],
              ],
            },
          ],
        ],
      }
      const offset = at
      put(Uint8Array.from(thrift(header)))
      put(packed)
      const size = at - offset
      const data: Value = {
        struct: [
          [1, i32(type)],
          [2, { list: [i32(0), i32(3)] }],
          [3, { list: path.map(text) }],
          [4, i32(6)], // ZSTD
          [5, i64(values.length)],
          [6, i64(page.length)],
          [7, i64(size)],
          [9, i64(offset)],
        ],
      }
      return {
        struct: [
          [2, i64(offset)],
          [3, data],
        ],
      }
    })
    return {
      struct: [
        [1, { list: chunks }],
        [2, i64(at)],
        [3, i64(announced ?? columns[0]!.values.length)],
      ],
    }
  })
  const rows = groups.reduce((sum, columns) => sum + columns[0]!.values.length, 0)
  const footer = Uint8Array.from(
    thrift({
      struct: [
        [1, i32(1)],
        [2, { list: schema }],
        [3, i64(announced === undefined ? rows : announced * groups.length)],
        [4, { list: rowGroups }],
      ],
    }),
  )
  put(footer)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  put(length)
  put(Buffer.from('PAR1'))
  return Buffer.concat(parts)
}
