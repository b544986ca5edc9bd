/** Source files of data sets: bundled with Espalier, or found in the first folder that contains all of them. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Place } from '../../stdlib/data/source.ts'
import { findInFolders, foldersOf } from './places.ts'
import { dataProblems } from './problems.ts'

export interface SourceFile {
  /** Name within the data set. */
  readonly name: string
  /** Path on disk. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

export interface Wanted {
  /** The data set's name, for errors. */
  readonly data: string
  readonly names: readonly string[]
  readonly place: Place | undefined
  /** Folder specified by the user. */
  readonly from: string | undefined
}

/** Limit in bytes against decompression bombs: the largest file of EMNIST has 0.6 GB. */
const largestUnpacked = 2 ** 31

/** Sizes and times, without reading. @param own folder of the bundled data sets @throws DataProblem when a file is missing */
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

/** Decompressed contents, by name. */
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
