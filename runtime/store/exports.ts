/** What exports have written, remembered beside their results: a file that is gone or changed since is written again. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Stage } from '../../dsl/graph/stage.ts'
import { projectFolder } from './location.ts'

export interface WrittenFile {
  /** Below the project's folder, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  /** 64 hex digits. */
  readonly sha256: string
}

export interface ExportRecords {
  /** The folder that the store keeps for itself: nothing is exported into it. */
  readonly reserved: string
  put(key: string, files: readonly WrittenFile[]): Promise<void>
  /** Undefined when it is not known what was written. */
  find(key: string): Promise<readonly WrittenFile[] | undefined>
}

/** The folder that an export's path begins in: the project's of the file that says export(), or else the one that holds the store. */
export function exportFolder({ at }: Pick<Stage, 'at'>, { reserved }: ExportRecords): string {
  return at === undefined ? dirname(reserved) : projectFolder(at.file)
}

/** Undefined when every file is as it was written. */
export async function wrongExport(stage: Pick<Stage, 'at'>, key: string, records: ExportRecords): Promise<string | undefined> {
  const files = await records.find(key)
  if (files === undefined) return 'what it wrote is not known'
  const folder = exportFolder(stage, records)
  for (const { path, bytes, mtimeMs, sha256 } of files) {
    const file = join(folder, path)
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.isFile() !== true) return `its file ${path} is missing`
    // A file that was touched alone is read.
    const same = found.size === bytes && (found.mtimeMs === mtimeMs || hashOf(file) === sha256)
    if (!same) return `its file ${path} has changed`
  }
  return undefined
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
