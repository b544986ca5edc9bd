/** Opens only regular files: a symbolic link is not followed, and a FIFO or device does not block. */
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Windows has neither flag. */
const plain = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** @throws the system's error, or one for anything but a regular file: see `notPlain` */
export async function openPlain(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | plain)
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new NotPlain(file)
}

export async function readPlain(file: string): Promise<Buffer> {
  await using handle = await openPlain(file)
  return await handle.readFile()
}

/** @returns a descriptor, to be closed */
export function openPlainSync(file: string): number {
  const descriptor = openSync(file, constants.O_RDONLY | plain)
  if (fstatSync(descriptor).isFile()) return descriptor
  closeSync(descriptor)
  throw new NotPlain(file)
}

export function readPlainSync(file: string): Buffer {
  const descriptor = openPlainSync(file)
  try {
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Opened for appending; created if missing. @throws the system's error */
export function appendPlain(file: string): number {
  return openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | plain)
}

/** False if there is something of this name, even a link to nothing. @throws the system's error */
export function writeNew(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  }
}

/** Whether opening failed because the path is not a regular file. */
export function notPlain(cause: unknown): boolean {
  return (
    cause instanceof NotPlain || (cause instanceof Error && 'code' in cause && ['ELOOP', 'EISDIR', 'ENXIO'].includes(String(cause.code)))
  )
}

class NotPlain extends Error {
  constructor(file: string) {
    super(`${file} is no plain file`)
  }
}
