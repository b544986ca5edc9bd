/** The files a data set is made from: Espalier's own, or named within a place and found in the first of its folders that has them all. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Sizes and times, nothing read. @param own the folder of Espalier's own @throws DataProblem when a file is not there */
export async function findSourceFiles({ data, names, place, from }: Wanted, own: string): Promise<SourceFile[]> {
  const paths = place === undefined ? names.map((name) => join(own, `${name}.gz`)) : await pathsInPlace(data, names, place, from)
  return Promise.all(
    names.map(async (name, i) => {
      const path = paths[i]!
      try {
        const { size, mtimeMs } = await stat(path)
        return { name, path, bytes: size, mtimeMs }
      } catch (cause) {
        throw dataProblems.fileMissing(data, path, (cause as Error).message, hintFor(place))
      }
    }),
  )
}

/** Their contents, unpacked, by name. */
export async function readSourceFiles({ data, place }: Wanted, files: readonly SourceFile[]): Promise<Map<string, Uint8Array>> {
  const contents = await Promise.all(
    files.map(async ({ name, path }) => {
      const content = await readFile(path).catch((cause: Error) => {
        throw dataProblems.fileMissing(data, path, cause.message, hintFor(place))
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

const hintFor = (place: Place | undefined): string => place?.get ?? 'Install Espalier again: it comes with it.'
