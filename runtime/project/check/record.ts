/**
 * Records files without errors by content: a file whose inputs are all unchanged is not checked again, and no compiler is loaded.
 * Files with errors are not recorded: a missing import may have appeared outside the recorded inputs.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../cache-folder.ts'
import { sha256 } from '../../format/hash.ts'
import { JsonCache } from '../../json-cache.ts'
import type { Judge } from './compiler.ts'
import type { Checked } from './program.ts'

/** Increase it when the same files may get another result. */
const revision = 1
/** Maximum number of records; a few kilobytes each. */
const kept = 512

interface Record {
  readonly checker: string
  readonly inputs: Checked['inputs']
  readonly files: readonly string[]
}

export const defaultRecords = (env: NodeJS.ProcessEnv = process.env): string => join(cacheFolder(env), 'checks')

/** The user's files if all inputs are as recorded; undefined otherwise. */
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

/** Identifies this code and the compiler. */
const checker = ({ manifest }: Judge): string => `${revision} ${digestOf(manifest)}`

function digestOf(path: string): string | undefined {
  try {
    return sha256(readFileSync(path))
  } catch {
    return undefined
  }
}
