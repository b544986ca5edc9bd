/** Listing of user folders: follows links, detects cycles, and refuses files such as FIFOs whose reading may never end. */
import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import { dataProblems } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'

/** The files that a source uses, and warnings about the others. */
export interface Found {
  readonly files: readonly SourceFile[]
  readonly notes: readonly ProblemText[]
}

export interface Folder {
  readonly path: string
  /** Sorted by name, like `folders`. Hidden files and system files are left out of both. */
  readonly files: readonly SourceFile[]
  readonly folders: readonly string[]
  /** Real paths of this folder and of its ancestors, for the detection of cycles. */
  readonly real: ReadonlySet<string>
}

/** For error messages: the data set's name, and a hint. */
export interface Reading {
  readonly data: string
  readonly get: string
}

const leftBehind = /^(\.|~\$|(Thumbs\.db|desktop\.ini|__MACOSX)$)/i

/** Documentation that accompanies data, recognised by the beginning of its name. */
export const isReadme = (name: string): boolean => /(^|\/)(README|LICEN[CS]E|dataset_infos?\.json$)/i.test(name)

/** Documentation, recognised also by its extension. */
export const isDocument = (name: string): boolean => isReadme(name) || /\.(md|txt|ya?ml)$/i.test(name)

/** @throws DataProblem for anything but a file or folder, for broken links, and for a folder that contains itself */
export async function folderAt(reading: Reading, path: string, through: ReadonlySet<string> = new Set()): Promise<Folder> {
  const missing = (at: string) => (cause: Error) => {
    throw dataProblems.fileMissing(reading.data, at, cause.message, reading.get)
  }
  const real = await realpath(path).catch(missing(path))
  if (through.has(real)) throw dataProblems.folderInItself(reading.data, path, real)
  const names = (await readdir(path).catch(missing(path))).filter((name) => !leftBehind.test(name))
  const entries = await Promise.all(names.map(async (name) => ({ name, info: await infoOf(reading, join(path, name)) })))
  const sorted = entries.toSorted((a, b) => byCodeUnits(a.name, b.name))
  return {
    path,
    files: sorted.flatMap(({ name, info }) => (info.isFile() ? [sourceFile(name, join(path, name), info)] : [])),
    folders: sorted.flatMap(({ name, info }) => (info.isDirectory() ? [name] : [])),
    real: new Set([...through, real]),
  }
}

/** All files below a folder, named by their relative paths. */
export async function filesBelow(reading: Reading, root: string): Promise<readonly SourceFile[]> {
  const below = async (folder: Folder, prefix: string): Promise<SourceFile[]> => {
    const deeper = folder.folders.map(async (name) =>
      below(await folderAt(reading, join(folder.path, name), folder.real), `${prefix}${name}/`),
    )
    return [...folder.files.map((file) => ({ ...file, name: `${prefix}${file.name}` })), ...(await Promise.all(deeper)).flat()]
  }
  return (await below(await folderAt(reading, root), '')).toSorted((a, b) => byCodeUnits(a.name, b.name))
}

/** The file at a path; undefined for a folder. @throws DataProblem */
export async function fileAt(reading: Reading, path: string): Promise<SourceFile | undefined> {
  const info = await infoOf(reading, path)
  return info.isFile() ? sourceFile(basename(path), path, info) : undefined
}

const sourceFile = (name: string, path: string, { size, mtimeMs }: Stats): SourceFile => ({ name, path, bytes: size, mtimeMs })

/** stat of a file or folder, following links. */
async function infoOf({ data, get }: Reading, path: string): Promise<Stats> {
  const info = await stat(path).catch((cause: Error) => {
    // Node replaces invalid bytes of a name, so the file cannot be opened by it.
    const reason = basename(path).includes('\uFFFD') ? 'its name is not UTF-8: rename it' : cause.message
    throw dataProblems.fileMissing(data, path, reason, get)
  })
  if (info.isFile() || info.isDirectory()) return info
  const what = info.isFIFO() ? 'a FIFO' : info.isSocket() ? 'a socket' : 'a device'
  throw dataProblems.fileMissing(data, path, `it is ${what}, and only files are read`, get)
}

/** Independent of the locale. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
