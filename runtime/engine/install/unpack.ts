/** Which files are extracted from a library's wheels, and where they go. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LibraryPackage } from '../library.ts'
import { contentsFile, filesIn } from '../locate.ts'
import { Wheel } from './wheel.ts'

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined
  /** Receives the number of bytes of each piece that was written. */
  readonly onBytes: (bytes: number) => void
}

/** Extracts the library's own files from its wheel at `path`. */
export async function unpackLibrary(path: string, library: LibraryPackage, installation: string, options: UnpackOptions): Promise<void> {
  await using wheel = await Wheel.open(path)
  const into = filesIn(installation, library)
  await mkdir(into, { recursive: true })
  for (const file of library.files) {
    const member = `${library.folder}/${file.name}`
    const bytes = wheel.bytesOf(member)
    if (bytes !== file.bytes) throw new Error(`${member} has ${bytes} bytes in the wheel, not ${file.bytes}`)
    await wheel.extract(member, join(into, file.name), counting(options))
  }
}

/** Extracts a companion's libraries and programs, to their paths in the wheel. Returns their sizes by path. */
export async function unpackCompanion(path: string, installation: string, options: UnpackOptions): Promise<Map<string, number>> {
  await using wheel = await Wheel.open(path)
  const sizes = new Map<string, number>()
  for (const name of wheel.names.filter(isNeeded)) {
    const file = join(installation, name)
    await mkdir(dirname(file), { recursive: true })
    await wheel.extract(name, file, counting(options))
    sizes.set(name, wheel.bytesOf(name))
  }
  return sizes
}

export async function writeContents(installation: string, sizes: ReadonlyMap<string, number>): Promise<void> {
  await writeFile(join(installation, contentsFile), JSON.stringify(Object.fromEntries(sizes)), { flush: true })
}

/** Excludes headers, static libraries, Python files, and names that lead out of the folder. */
function isNeeded(name: string): boolean {
  const parts = name.split('/')
  return parts[0] === 'nvidia' && !parts.some((part) => part === '' || part === '..' || part === 'include') && !/\.(py|a)$/.test(name)
}

function counting({ signal, onBytes }: UnpackOptions) {
  return (bytes: number) => {
    onBytes(bytes)
    signal?.throwIfAborted()
  }
}
