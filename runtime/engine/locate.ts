/** Finds the TensorFlow library and checks that its files are complete before anything loads them. */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { cpus } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../cache-folder.ts'
import { type LibraryPackage, tensorflowCpu, tensorflowVersion } from './library.ts'
import { EngineProblem, engineProblems } from './problems.ts'
import { processorFlags } from './processor.ts'

/** A folder where the library may be, and its state. */
export interface Place {
  /** Why it is searched: `ESPALIER_TENSORFLOW`, `cache folder`, `active Python`. */
  readonly by: string
  /** Undefined when there is no such folder. */
  readonly directory: string | undefined
  /** A problem when a file is incomplete or belongs to another version. */
  readonly state: 'whole' | 'absent' | EngineProblem
}

/** Where `espalier engine install` puts a library. */
export function libraryFolder(env: NodeJS.ProcessEnv = process.env, { build }: Pick<LibraryPackage, 'build'> = tensorflowCpu): string {
  return join(cacheFolder(env), `tensorflow-${tensorflowVersion}-${build}`)
}

/** Folder of the library's own files in an installation; with companions, files keep their paths in the wheels. */
export function filesIn(installation: string, { companions, folder }: LibraryPackage): string {
  return companions.length === 0 ? installation : join(installation, folder)
}

/** Beside the files of a library with companions: lists every file of the installation with its size. */
export const contentsFile = 'contents.json'

/**
 * The library's folder: the first of `places` where it is complete.
 * @throws EngineProblem `damaged` for incomplete files, `not-installed`, `unsupported`
 */
export async function locateTensorFlow(
  env: NodeJS.ProcessEnv = process.env,
  library: LibraryPackage = tensorflowCpu,
): Promise<Place & { readonly directory: string }> {
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64') throw engineProblems.unsupported(platform)
  if (!hasAvx()) throw engineProblems.processorTooOld(cpus()[0]?.model ?? 'unknown')
  const looked: Place[] = []
  for await (const place of places(env, library)) {
    const { state, directory } = place
    if (state === 'whole' && directory !== undefined) return { ...place, directory }
    looked.push(place)
  }
  const damaged = looked.find(({ state }) => state instanceof EngineProblem)
  if (damaged !== undefined) throw damaged.state
  if (env.ESPALIER_TENSORFLOW) throw engineProblems.notThere(env.ESPALIER_TENSORFLOW, library.build)
  throw engineProblems.notInstalled(
    looked.map(({ by, directory }) => `${by}: ${directory ?? 'none'}`),
    library.build,
  )
}

/**
 * Only ESPALIER_TENSORFLOW when it is set. Otherwise the cache folder, then the package `tensorflow` of the active Python. Complete copies
 * are identical, so the order affects only the time.
 */
export async function* places(env: NodeJS.ProcessEnv = process.env, library: LibraryPackage = tensorflowCpu): AsyncGenerator<Place> {
  const named = env.ESPALIER_TENSORFLOW
  if (named) {
    yield { by: 'ESPALIER_TENSORFLOW', directory: named, state: await libraryIn(named, library) }
    return
  }
  const cache = filesIn(libraryFolder(env, library), library)
  yield { by: 'cache folder', directory: cache, state: await libraryIn(cache, library) }
  const python = await pythonFolder(env)
  const state = python === undefined ? 'absent' : await libraryIn(python, library)
  // Another version there is no error.
  yield { by: 'active Python', directory: python, state: state === 'whole' ? state : 'absent' }
}

export async function libraryIn(directory: string, library: LibraryPackage = tensorflowCpu): Promise<Place['state']> {
  const files = await Promise.all(library.files.map(async (file) => ({ ...file, found: await sizeOf(join(directory, file.name)) })))
  if (files.every(({ found }) => found === undefined)) return 'absent'
  const wrong = files.find(({ bytes, found }) => bytes !== found) ?? (await wrongCompanion(dirname(directory), library))
  if (wrong === undefined) return 'whole'
  const found = wrong.found === undefined ? 'missing' : `${wrong.found} bytes`
  return engineProblems.damaged(join(directory, wrong.name), found, wrong.bytes, library.build)
}

/** Only for our own installations: in the active Python, pip manages the companions. */
async function wrongCompanion(installation: string, { companions, folder }: LibraryPackage) {
  if (companions.length === 0) return undefined
  const text = await readFile(join(installation, contentsFile), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const listed = contentsOf(text)
  if (listed === undefined) return { name: join('..', contentsFile), bytes: 0, found: text.length }
  for (const [path, bytes] of Object.entries(listed)) {
    const found = await sizeOf(join(installation, path))
    if (found !== bytes) return { name: relative(folder, path), bytes, found }
  }
  return undefined
}

function contentsOf(text: string): { readonly [path: string]: number } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    // As `install.ts` wrote it; a size that is not a number matches no file.
    return typeof value === 'object' && value !== null ? (value as { readonly [path: string]: number }) : undefined
  } catch {
    return undefined
  }
}

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  )

/** Without AVX, loading the library ends the process. */
const hasAvx = (): boolean => processorFlags()?.has('avx') ?? true

/** The package's folder, found without importing it. */
async function pythonFolder(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const code = "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0] if s else '')"
  try {
    const { stdout } = await promisify(execFile)('python3', ['-c', code], { timeout: 5000, env })
    return stdout.trim() || undefined
  } catch {
    return undefined // no Python, or one that does not answer
  }
}
