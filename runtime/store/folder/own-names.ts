/** The names that a store gives to its files: nothing else in its folders is ever removed. */
import { rmdir, unlink } from 'node:fs/promises'
import { isCode, isTemporary } from '../durable-file.ts'
import { problems } from '../problems.ts'

const forms = {
  logs: /^[0-9a-f]{64}\.log(\.1)?$/,
  exports: /^[0-9a-f]{64}\.json$/,
  functions: /^[0-9a-f]{64}\.json(\.\d+\.[0-9a-z]+(\.tmp)?)?$/,
  data: /^\w+-([0-9a-f]{16}){1,2}(-[a-z]+(-\d+){1,2})?\.(bin|json)$/,
  bundles: /^[0-9a-f]{64}(\.\d+\.tmp)?$/,
  quarantine: /^([0-9a-f]{64}|\d{1,15}-[0-9a-f]{16}\.ckpt|index-\d+\.sqlite(-wal|-shm)?)$/,
} as const

export function isOwnName(folder: keyof typeof forms | 'tmp', name: string): boolean {
  return folder === 'tmp' ? isTemporary(name) : forms[folder].test(name)
}

/** Removes a file, a link (not its target) or an empty folder; a non-empty folder is kept. Not an error if missing. @throws StoreProblem */
export async function removeOwn(path: string): Promise<void> {
  try {
    await unlink(path).catch((cause: unknown) => {
      if (isCode(cause, 'EISDIR') || isCode(cause, 'EPERM')) return rmdir(path)
      throw cause
    })
  } catch (cause) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].some((code) => isCode(cause, code))) return
    throw problems.io('remove a file', path, cause)
  }
}
