/**
 * What was found right, remembered by content: a file whose every input is still the same is not checked again, and no compiler is loaded.
 * Wrong files are not remembered: what was missing may have come where nobody looks.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../cache-folder.ts'
import { sha256 } from '../../format/hash.ts'
import { JsonCache } from '../../json-cache.ts'
import type { Judge } from './compiler.ts'
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
export function foundRight(folder: string, file: string, judge: Judge): readonly string[] | undefined {
  const record = recordsIn(folder).get(sha256(file))
  if (record?.checker !== checker(judge)) return undefined
  for (const [path, digest] of Object.entries(record.inputs)) if (digestOf(path) !== digest) return undefined
  return record.files
}

export function rememberRight(folder: string, file: string, judge: Judge, { inputs, files }: Checked): void {
  recordsIn(folder).set(sha256(file), { checker: checker(judge), inputs, files })
}

const recordsIn = (folder: string) => new JsonCache<Record>(folder, kept)

/** Who judged: this code, and the compiler. */
const checker = ({ manifest }: Judge): string => `${revision} ${digestOf(manifest)}`

function digestOf(path: string): string | undefined {
  try {
    return sha256(readFileSync(path))
  } catch {
    return undefined
  }
}
