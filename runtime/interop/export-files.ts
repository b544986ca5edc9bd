/** Writes the files of an export, restricted to the project's folder. */
import { lstat, readdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, posix, relative, sep } from 'node:path'
import { sha256 } from '../format/hash.ts'
import { readPlain } from '../plain-file.ts'
import { isCode, writeDurably } from '../store/durable-file.ts'
import type { ExportRecords, WrittenFile } from '../store/exports.ts'
import { failures } from '../worker/problems.ts'
import type { ExportFolder, ExportFormat } from './export-format.ts'

export interface ExportTarget {
  /** The project's folder. */
  readonly folder: string
  /** The user's path, relative to the folder, with forward slashes. */
  readonly path: string
  /** Key of the exporting stage. */
  readonly key: string
}

/**
 * Writes each file atomically, in the given order: referenced files come first, so a reader never finds a partial network.
 * @param files from an `ExportFormat`
 */
export async function writeExport(
  records: ExportRecords,
  { folder, path, key }: ExportTarget,
  files: ReadonlyMap<string, Uint8Array>,
  { folder: rules, beside }: Pick<ExportFormat, 'folder' | 'beside'> = {},
): Promise<number> {
  const target = await resolved(records, folder, path)
  if (rules !== undefined) await refuseForeign(target, path, rules)
  const siblings = [...files.keys()].filter((name) => name.startsWith('../'))
  for (const name of siblings) await refuseOther(join(target, name), path, beside)
  const written: WrittenFile[] = []
  for (const [name, content] of files) {
    const file = name === '' ? target : join(target, name)
    if ((await lstat(file).catch(() => undefined))?.isDirectory()) throw failures.exportBlocked(path, 'there is a folder of this name')
    await writeDurably(file, content, dirname(file))
    const { mtimeMs } = await stat(file)
    written.push({ path: posix.join(path, name), bytes: content.byteLength, mtimeMs, sha256: sha256(content) })
  }
  if (rules !== undefined) {
    for (const name of await readdir(target)) if (rules.earlier(name) && !files.has(name)) await rm(join(target, name), { force: true })
  }
  await records.put(key, written)
  return written.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The real path of the target. Checks that the nearest existing folder is in the project, since links could lead outside. */
async function resolved({ reserved }: ExportRecords, folder: string, path: string): Promise<string> {
  const project = await realpath(folder)
  const store = await realpath(reserved)
  const wanted = join(project, ...path.split('/'))
  const rest: string[] = []
  // A link at the position of the file itself is replaced, not followed.
  for (let parent = dirname(wanted); ; parent = dirname(parent)) {
    const found = await realpath(parent).catch(() => undefined)
    if (found !== undefined) {
      const target = join(found, ...rest.toReversed(), basename(wanted))
      if (!(await stat(found)).isDirectory()) throw failures.exportBlocked(path, `${relative(project, parent)} is a file`)
      if (!inside(project, target)) throw failures.exportBlocked(path, 'a link on its way leads out of the project')
      if (inside(store, target)) throw failures.exportBlocked(path, 'it lies in the store')
      return target
    }
    rest.push(basename(parent))
  }
}

const inside = (folder: string, file: string): boolean => file === folder || file.startsWith(folder.endsWith(sep) ? folder : folder + sep)

/** Refuses to change a folder with another model, or the target of a link. */
async function refuseForeign(target: string, path: string, { foreign }: ExportFolder): Promise<void> {
  const there = await lstat(target).catch(() => undefined)
  if (there === undefined) return
  if (!there.isDirectory()) throw failures.exportBlocked(path, there.isSymbolicLink() ? 'it is a link' : 'there is a file of this name')
  const reason = foreign(target)
  if (reason !== undefined) throw failures.exportBlocked(path, reason)
}

/** Refuses to overwrite a file next to the target, unless an earlier export wrote it. */
async function refuseOther(file: string, path: string, earlier: ExportFormat['beside']): Promise<void> {
  const there = await readPlain(file).catch((cause: unknown) => {
    if (isCode(cause, 'ENOENT')) return undefined
    throw failures.exportBlocked(path, `${basename(file)} beside it cannot be read as a file`)
  })
  if (there !== undefined && earlier?.(there) !== true)
    throw failures.exportBlocked(path, `there is a ${basename(file)} beside it that is not from here`)
}
