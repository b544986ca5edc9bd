/** What an export has written, remembered beside its result: a file that is gone or changed since is written again. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { WrittenFile } from '../exports.ts'
import { projectFolder } from '../location.ts'
import type { Layout } from './layout.ts'

/** The folder that an export's path begins in: the project's of the file that says export(). */
export function exportFolder({ at }: Pick<Stage, 'at'>, { root }: Layout): string {
  return at === undefined ? dirname(root) : projectFolder(at.file)
}

/** `key` has 64 hex digits. */
export function exportRecord({ exports }: Layout, key: string): string {
  return join(exports, `${key}.json`)
}

/** Undefined when every file is as it was written. */
export function wrongExport(stage: Pick<Stage, 'at'>, key: string, layout: Layout): string | undefined {
  let files: readonly WrittenFile[]
  try {
    files = JSON.parse(readFileSync(exportRecord(layout, key), 'utf8')) as readonly WrittenFile[] // as `writeExport` wrote it
  } catch {
    return 'what it wrote is not known'
  }
  const folder = exportFolder(stage, layout)
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
