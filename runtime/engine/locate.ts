/** Finds the TensorFlow library and checks that its files are whole before anything loads them. */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { cpus, homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { libraryFiles, tensorflowVersion } from './library.ts'
import { type EngineProblem, engineProblems } from './problems.ts'

export interface Located {
  /** Folder of the library's files. */
  readonly directory: string
  /** Why this one: the variable, the folder, or the Python it was found by. */
  readonly by: string
}

/** Where `espalier engine install` puts the library. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'espalier', `tensorflow-${tensorflowVersion}-cpu`)
}

/**
 * Looks in order at ESPALIER_TENSORFLOW, the cache folder, and a `tensorflow` of this version in the active Python.
 * @throws EngineProblem `damaged` for a file of the wrong size in the first two, `not-installed`, `unsupported`
 */
export async function locateTensorFlow(env: NodeJS.ProcessEnv = process.env): Promise<Located> {
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64') throw engineProblems.unsupported(platform)
  if (!(await hasAvx())) throw engineProblems.processorTooOld(cpus()[0]?.model ?? 'unknown')
  const looked: string[] = []
  if (env.ESPALIER_TENSORFLOW) {
    const directory = env.ESPALIER_TENSORFLOW
    // The user named it: a missing or damaged file there is an error, not a reason to look elsewhere.
    const problem = await problemWith(directory)
    if (problem !== undefined) throw problem === 'absent' ? engineProblems.notInstalled([`ESPALIER_TENSORFLOW=${directory}`]) : problem
    return { directory, by: 'ESPALIER_TENSORFLOW' }
  }
  const cache = cacheFolder(env)
  const problem = await problemWith(cache)
  if (problem === undefined) return { directory: cache, by: 'the cache folder' }
  if (problem !== 'absent') throw problem
  looked.push(cache)
  const python = await pythonFolder(env)
  if (python !== undefined && (await problemWith(python)) === undefined) return { directory: python, by: "the active Python's tensorflow" }
  looked.push(python ?? 'tensorflow in the active Python')
  throw engineProblems.notInstalled(looked)
}

/** The library ends the process while it is loaded when the processor has no AVX. */
async function hasAvx(): Promise<boolean> {
  const flags = /^flags\s*:(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1]
  return flags === undefined || flags.split(' ').includes('avx')
}

/** `absent` when no file is there; a problem when one is there but not whole. */
async function problemWith(directory: string): Promise<EngineProblem | 'absent' | undefined> {
  const sizes = await Promise.all(
    libraryFiles.map(({ name }) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  )
  if (sizes.every((size) => size === undefined)) return 'absent'
  const wrong = libraryFiles.findIndex(({ bytes }, i) => sizes[i] !== bytes)
  if (wrong === -1) return undefined
  const { name, bytes } = libraryFiles[wrong]!
  return engineProblems.damaged(join(directory, name), sizes[wrong] === undefined ? 'missing' : `${sizes[wrong]} bytes`, bytes)
}

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
