/** Parquet files, untrusted input, read one row group at a time. */
import type { AsyncBuffer, FileMetaData } from 'hyparquet'
import { dataProblems } from '../problems.ts'

export interface Opened {
  readonly name: string
  readonly path: string
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
}

/** @param mostRows plausible maximum for a file size in bytes; default one row per byte, since a row with an image takes more */
export async function open(data: string, name: string, path: string, mostRows = (bytes: number) => bytes): Promise<Opened> {
  try {
    const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet') // large, so loaded only when needed
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    // Checked before anything is allocated for the rows.
    const counts = [metadata.num_rows, ...metadata.row_groups.map(({ num_rows }) => num_rows)]
    const wrong = counts.find((count) => count < 0n || count > BigInt(mostRows(file.byteLength)))
    if (wrong !== undefined) throw new Error(`it announces ${wrong} rows, and has ${file.byteLength} bytes`)
    return { name, path, file, metadata }
  } catch (cause) {
    throw dataProblems.notParquet(data, path, (cause as Error).message)
  }
}

/** Names of the top-level columns, in order. */
export const columnsOf = ({ metadata }: Opened): readonly string[] => [
  ...new Set(metadata.row_groups[0]?.columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? '') ?? []),
]

export type ParquetRow = { readonly [column: string]: unknown }

export async function* rows(data: string, opened: Opened, columns: readonly string[], utf8: boolean): AsyncGenerator<ParquetRow> {
  const { path, file, metadata } = opened
  const known = columnsOf(opened)
  const absent = columns.find((column) => !known.includes(column))
  if (absent !== undefined) throw dataProblems.noColumn(data, path, absent, known)
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')])
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    let group: readonly ParquetRow[]
    try {
      group = await parquetReadObjects({ file, metadata, columns: [...columns], rowStart, rowEnd, compressors, utf8 })
    } catch (cause) {
      throw dataProblems.notParquet(data, path, (cause as Error).message)
    }
    if (group.length !== rowEnd - rowStart) {
      throw dataProblems.notParquet(data, path, `rows ${rowStart} to ${rowEnd} were announced, and ${group.length} are there`)
    }
    yield* group
    rowStart = rowEnd
  }
}
