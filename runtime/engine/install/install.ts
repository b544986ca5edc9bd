/** Installs a TensorFlow library in the user's cache folder: completely or not at all. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { inWorkFolder } from '../../work-folder.ts'
import { downloadBytes, type LibraryPackage, tensorflowCpu } from '../library.ts'
import { filesIn, libraryFolder, libraryIn } from '../locate.ts'
import { EngineProblem, engineProblems } from '../problems.ts'
import type { Wheel } from './cuda-wheels.ts'
import { givenWheels } from './given.ts'
import { downloadWheel, pythonWithPip } from './pip.ts'
import { unpackCompanion, unpackLibrary, writeContents } from './unpack.ts'

export interface InstallOptions {
  /** Target folder. Default: the cache folder of `locate.ts`. */
  readonly directory?: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Default: the CPU build. */
  readonly library?: LibraryPackage
  /** A folder with the wheels; then nothing is downloaded. Default: pip downloads them. */
  readonly wheels?: string | undefined
}

export interface InstallProgress {
  readonly phase: 'download' | 'check' | 'unpack'
  /** Of the phase, over all wheels. */
  readonly bytes: number
  readonly total: number
  /** In progress, e.g. `tensorflow==2.21.0`. */
  readonly wheel: string
  /** Its number, from 1, and the number of wheels. */
  readonly number: number
  readonly of: number
}

export interface Installed {
  /** Folder of the library's files. */
  readonly directory: string
  /** True when it was already complete and nothing was done. */
  readonly already: boolean
}

/**
 * Installs the complete library, or leaves the folder as it was. Needs Python with pip unless wheels are given, and about 1.1 GB of free
 * space while it works; the CUDA build 6.4 GB.
 * @throws EngineProblem `install`, `unsupported`
 */
export async function installTensorFlow(
  options: InstallOptions = {},
  onProgress: (progress: InstallProgress) => void = () => {},
): Promise<Installed> {
  const { env = process.env, library = tensorflowCpu, signal, wheels } = options
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64') throw engineProblems.unsupported(platform)
  const installation = options.directory ?? libraryFolder(env, library)
  const directory = filesIn(installation, library)
  if ((await libraryIn(directory, library)) === 'whole') return { directory, already: true }
  const parent = dirname(installation)
  try {
    // Beside its destination, since renames do not cross file systems.
    await inWorkFolder(parent, '.install-', async (work) => {
      await requireRoom(parent, library)
      const unpacked = join(work, 'library')
      await mkdir(unpacked)
      await unpackWheels({ library, work, unpacked, env, signal, wheels, onProgress })
      await putInPlace(unpacked, installation, join(work, 'before'), library)
      await syncFolder(parent)
    })
    return { directory, already: false }
  } catch (cause) {
    throw signal?.aborted ? engineProblems.interrupted() : asProblem(cause, parent)
  }
}

interface Fetch {
  readonly library: LibraryPackage
  readonly work: string
  readonly unpacked: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
  readonly wheels: string | undefined
  readonly onProgress: (progress: InstallProgress) => void
}

/** One after the other, so that at most one wheel is on the disk beside the unpacked files. */
async function unpackWheels({ library, work, unpacked, env, signal, wheels: folder, onProgress }: Fetch): Promise<void> {
  const wheels = [library, ...library.companions]
  const given = folder === undefined ? undefined : await givenWheels(folder, wheels, library.tags)
  const python = given === undefined ? await pythonWithPip(env) : ''
  const sizes = new Map<string, number>()
  let [fetched, written] = [0, 0]
  for (const [i, wheel] of wheels.entries()) {
    const at = { wheel: wheel.requirement, number: i + 1, of: wheels.length }
    const tell = (phase: 'download' | 'check', bytes: number) =>
      onProgress({ ...at, phase, bytes: fetched + bytes, total: downloadBytes(library) })
    const download = join(work, 'download')
    await mkdir(download)
    const path =
      given?.get(wheel.requirement) ??
      (await downloadWheel(wheel, library.tags, download, { python, env, signal, onBytes: (bytes) => tell('download', bytes) }))
    await checkWheel(path, wheel, (bytes) => tell('check', bytes))
    signal?.throwIfAborted()
    const onBytes = (bytes: number) => {
      written += bytes
      onProgress({ ...at, phase: 'unpack', bytes: written, total: library.unpackedBytes })
    }
    if (wheel === library) await unpackLibrary(path, library, unpacked, { signal, onBytes })
    else for (const [name, bytes] of await unpackCompanion(path, unpacked, { signal, onBytes })) sizes.set(name, bytes)
    await rm(download, { recursive: true })
    fetched += wheel.bytes
  }
  if (sizes.size > 0) await writeContents(unpacked, sizes)
  await syncFolder(unpacked)
}

async function requireRoom(parent: string, { bytes, companions, unpackedBytes }: LibraryPackage): Promise<void> {
  const { bavail, bsize } = await statfs(parent)
  // pip briefly has two copies of a wheel; afterwards one is on the disk beside the unpacked files.
  const needed = unpackedBytes + Math.max(bytes, ...companions.map((wheel) => wheel.bytes))
  const free = bavail * bsize
  if (free >= needed) return
  throw engineProblems.install(
    'There is not enough room for the TensorFlow library.',
    { folder: parent, needed: megabytes(needed), free: megabytes(free), missing: megabytes(needed - free) },
    'Free some space, or name another folder in XDG_CACHE_HOME.',
  )
}

async function checkWheel(wheel: string, { bytes, sha256 }: Wheel, onBytes: (bytes: number) => void): Promise<void> {
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
    'The wheel is not the one Espalier was made for.',
    { file: basename(wheel), size: `${size} bytes, expected ${bytes}`, sha256: `${found}\nexpected ${sha256}` },
    'Fetch it again; if it stays so, ask who runs the package index that it comes from.',
  )
}

/** Replaces a damaged library; keeps a complete one that another process has installed meanwhile. */
async function putInPlace(unpacked: string, installation: string, aside: string, library: LibraryPackage): Promise<void> {
  const whole = async () => (await libraryIn(filesIn(installation, library), library)) === 'whole'
  if (await whole()) return
  await rename(installation, aside).catch(unless('ENOENT'))
  try {
    await rename(unpacked, installation)
  } catch (cause) {
    if (!(await whole())) throw cause
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
  // On a read-only disk, creating nested folders fails with ENOENT.
  const facts = { folder: parent, 'system error': message }
  if (['EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code ?? '')) {
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
