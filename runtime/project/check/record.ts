/**
 * What was found right, remembered by content: a file whose every input is still the same is not checked again, and no compiler is loaded.
 * Wrong files are not remembered: what was missing may have come where nobody looks.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, madeFolder } from '../../cache-folder.ts'
import { sha256 } from '../../format/hash.ts'
import { compilerManifest } from './compiler.ts'
import type { Checked } from './program.ts'

/** Raised when the same files may be judged otherwise. */
const revision = 1
/** Records kept; a few kilobytes each. */
const kept = 512

interface Record {
  readonly checker: string
  readonly inputs: Checked['inputs']
  readonly files: readonly string[]
}

export const defaultRecords = (env: NodeJS.ProcessEnv = process.env): string => join(cacheFolder(env), 'checks')

/** The user's files when all is as it was found right; undefined when that is not known. */
export function foundRight(folder: string, file: string): readonly string[] | undefined {
  const record = read(pathOf(folder, file))
  if (record?.checker !== checker()) return undefined
  for (const [path, digest] of Object.entries(record.inputs)) if (digestOf(path) !== digest) return undefined
  return record.files
}

/** Where nothing can be written, the file is checked again the next time. */
export function rememberRight(folder: string, file: string, { inputs, files }: Checked): void {
  if (!madeFolder(folder)) return
  const path = pathOf(folder, file)
  const temporary = `${path}.${process.pid}.tmp`
  try {
    forgetOldest(folder)
    writeFileSync(temporary, JSON.stringify({ checker: checker(), inputs, files } satisfies Record))
    renameSync(temporary, path)
  } catch {
    rmSync(temporary, { force: true })
  }
}

const pathOf = (folder: string, file: string): string => join(folder, `${sha256(file)}.json`)

/** Who judged: this code, and the compiler. */
const checker = (): string => `${revision} ${digestOf(compilerManifest())}`

function read(path: string): Record | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record // written above; what is no JSON is made again
  } catch {
    return undefined
  }
}

function digestOf(path: string): string | undefined {
  try {
    return sha256(readFileSync(path))
  } catch {
    return undefined
  }
}

/** The older half goes when there are too many; they are made again when needed. */
function forgetOldest(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  if (files.length < kept) return
  const byAge = files
    .map((name) => ({ path: join(folder, name), time: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => a.time - b.time)
  for (const { path } of byAge.slice(0, byAge.length / 2)) rmSync(path, { force: true })
}
