/** Records of the files that exports have written, stored with their results: missing or modified files are exported again. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Stage } from '../../dsl/graph/stage.ts'
import { projectFolder } from './location.ts'

export interface WrittenFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  /** 64 hex digits. */
  readonly sha256: string
}

export interface ExportRecords {
  /** The store's own folder: exports must not write into it. */
  readonly reserved: string
  put(key: string, files: readonly WrittenFile[]): Promise<void>
  /** Undefined when there is no record. */
  find(key: string): Promise<readonly WrittenFile[] | undefined>
}

/** The base folder of an export's path: the project of the file that calls export(), or the parent folder of the store. */
export function exportFolder({ at }: Pick<Stage, 'at'>, { reserved }: ExportRecords): string {
  return at === undefined ? dirname(reserved) : projectFolder(at.file)
}

/** Why the stage must export again; undefined when every file is unchanged. */
export async function wrongExport(stage: Pick<Stage, 'at'>, key: string, records: ExportRecords): Promise<string | undefined> {
  const files = await records.find(key)
  if (files === undefined) return 'what it wrote is not known'
  const folder = exportFolder(stage, records)
  for (const { path, bytes, mtimeMs, sha256 } of files) {
    const file = join(folder, path)
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.isFile() !== true) return `its file ${path} is missing`
    // Hashed only when the size matches but the modification time differs.
    const same = found.size === bytes && (found.mtimeMs === mtimeMs || hashOf(file) === sha256)
    if (!same) return `its file ${path} has changed`
  }
  return undefined
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
