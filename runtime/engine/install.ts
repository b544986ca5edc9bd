/** Fetches the TensorFlow library into the user's cache folder: whole or not at all. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type LibraryPackage, tensorflowCpu } from './library.ts'
import { cacheFolder, libraryIn } from './locate.ts'
import { downloadWheel } from './pip.ts'
import { EngineProblem, engineProblems } from './problems.ts'
import { Wheel } from './wheel.ts'

export interface InstallOptions {
  /** Where to. Default: the cache folder of `locate.ts`. */
  readonly directory?: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  readonly library?: LibraryPackage
}

export interface InstallProgress {
  readonly phase: 'download' | 'check' | 'unpack'
  /** Of the phase. */
  readonly bytes: number
  readonly total: number
}

export interface Installed {
  readonly directory: string
  /** True when it was whole already and nothing was done. */
  readonly already: boolean
}

/**
 * Leaves a whole library in the folder, or the folder as it was. Needs Python with pip, and about 1.1 GB of room while it works.
 * @throws EngineProblem `install`, `unsupported`
 */
export async function installTensorFlow(
  options: InstallOptions = {},
  onProgress: (progress: InstallProgress) => void = () => {},
): Promise<Installed> {
  const { env = process.env, library = tensorflowCpu, signal } = options
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64') throw engineProblems.unsupported(platform)
  const directory = options.directory ?? cacheFolder(env)
  if ((await libraryIn(directory, library)) === 'whole') return { directory, already: true }
  const parent = dirname(directory)
  try {
    await mkdir(parent, { recursive: true })
    await removeAbandoned(parent)
    await requireRoom(parent, library)
    // Beside its destination: renames do not cross file systems. Its name says whose it is.
    const work = await mkdtemp(join(parent, `${workPrefix}${process.pid}-`))
    try {
      const download = join(work, 'download')
      const unpacked = join(work, 'library')
      await mkdir(download)
      await mkdir(unpacked)
      const total = library.bytes
      const wheel = await downloadWheel(library, download, {
        env,
        signal,
        onBytes: (bytes) => onProgress({ phase: 'download', bytes, total }),
      })
      await checkWheel(wheel, library, (bytes) => onProgress({ phase: 'check', bytes, total }))
      signal?.throwIfAborted()
      await unpack(wheel, library, unpacked, signal, onProgress)
      await syncFolder(unpacked)
      await putInPlace(unpacked, directory, join(work, 'before'), library)
      await syncFolder(parent)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
    return { directory, already: false }
  } catch (cause) {
    throw signal?.aborted ? engineProblems.interrupted() : asProblem(cause, parent)
  }
}

const workPrefix = '.install-'

/** Removes what killed installations left: their process is gone. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(workPrefix) ? Number.parseInt(name.slice(workPrefix.length), 10) : Number.NaN
    if (Number.isInteger(pid) && pid !== process.pid && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function requireRoom(parent: string, { bytes, files }: LibraryPackage): Promise<void> {
  const { bavail, bsize } = await statfs(parent)
  const unpacked = files.reduce((sum, file) => sum + file.bytes, 0)
  // pip has the wheel twice for a moment; then it lies beside the unpacked files.
  const needed = bytes + Math.max(bytes, unpacked)
  const free = bavail * bsize
  if (free >= needed) return
  throw engineProblems.install(
    'There is not enough room for the TensorFlow library.',
    [
      ['folder', parent],
      ['needed', megabytes(needed)],
      ['free', megabytes(free)],
      ['missing', megabytes(needed - free)],
    ],
    'Free some space, or name another folder in XDG_CACHE_HOME.',
  )
}

async function checkWheel(wheel: string, { bytes, sha256 }: LibraryPackage, onBytes: (bytes: number) => void): Promise<void> {
  const { size } = await stat(wheel)
  const hash = createHash('sha256')
  let read = 0
  await pipeline(createReadStream(wheel, { highWaterMark: 1 << 20 }), async (pieces) => {
    for await (const piece of pieces) {
      hash.update(piece)
      read += piece.length
      onBytes(read)
    }
  })
  const found = hash.digest('hex')
  if (size === bytes && found === sha256) return
  throw engineProblems.install(
    'The downloaded wheel is not the one Espalier was made for.',
    [
      ['file', basename(wheel)],
      ['size', `${size} bytes, expected ${bytes}`],
      ['sha256', `${found}\nexpected ${sha256}`],
    ],
    'Run it again; if it stays so, ask who runs the package index that pip uses.',
  )
}

async function unpack(
  path: string,
  { folder, files }: LibraryPackage,
  into: string,
  signal: AbortSignal | undefined,
  onProgress: (progress: InstallProgress) => void,
): Promise<void> {
  await using wheel = await Wheel.open(path)
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  let done = 0
  for (const file of files) {
    const member = wheel.member(`${folder}/${file.name}`)
    if (member.bytes !== file.bytes) throw new Error(`${member.name} has ${member.bytes} bytes in the wheel, not ${file.bytes}`)
    await wheel.extract(member, join(into, file.name), (bytes) => {
      done += bytes
      onProgress({ phase: 'unpack', bytes: done, total })
      signal?.throwIfAborted()
    })
  }
}

/** A damaged library makes way; a whole one that another process put there meanwhile stays. */
async function putInPlace(unpacked: string, directory: string, aside: string, library: LibraryPackage): Promise<void> {
  if ((await libraryIn(directory, library)) === 'whole') return
  await rename(directory, aside).catch(unless('ENOENT'))
  try {
    await rename(unpacked, directory)
  } catch (cause) {
    if ((await libraryIn(directory, library)) !== 'whole') throw cause
  }
}

function unless(code: string) {
  return (cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== code) throw cause
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path)
  await folder.sync()
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`

function asProblem(cause: unknown, parent: string): EngineProblem {
  if (cause instanceof EngineProblem) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  const facts = [
    ['folder', parent],
    ['system says', message],
  ] as const
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || code === 'ENOTDIR' || code === 'EEXIST') {
    return engineProblems.install('The cache folder cannot be written.', facts, 'Name a folder that can be in XDG_CACHE_HOME.')
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return engineProblems.install(
      'The disk became full while the TensorFlow library was unpacked.',
      facts,
      'Free some space and run it again.',
    )
  }
  return engineProblems.install('The TensorFlow library could not be unpacked.', facts, 'Run it again.')
}
