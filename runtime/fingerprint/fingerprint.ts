/**
 * The meaning of a user function as a hash: its code, every helper, class and constant that it reaches in any project file, the values
 * that it captures, and the packages it uses by version. Renaming, reformatting, annotating or moving code keeps the hash. Code that cannot
 * be analysed is rejected. See docs/fingerprints.md.
 */
import { realpathSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sources } from './analysis.ts'
import type { Callable } from './callable.ts'
import { changeOf } from './change.ts'
import { inspector, openChannel } from './inspect.ts'
import { hashOfBoundary, type Meaning, type Part, partsOf } from './meaning.ts'
import { type Patch, patches } from './natives.ts'
import { formVersion } from './normalise.ts'
import { type Change, FingerprintProblem, fingerprintProblems } from './problems.ts'
import { Reach, type World } from './reach.ts'
import { selfTest } from './self-test.ts'

export type { Part, PartUse } from './meaning.ts'
export { FingerprintProblem } from './problems.ts'

/** Plain data: it can be sent between threads and stored. */
export interface Fingerprint {
  /** 64 hex digits: the only part that enters a key. */
  readonly hash: string
  /** The content of the hash, to explain differences: the function first, then everything it reaches, in order of first use. */
  readonly parts: readonly Part[]
  /** Version of the algorithm: hashes of different versions are not comparable. */
  readonly version: number
}

export interface Settings {
  /** URL of every project file loaded by this thread, and the path of its source. It may grow. */
  readonly files: ReadonlyMap<string, string>
  /** Folder of the cached analyses. */
  readonly cache: string
  /** Base folder for paths in messages and parts. */
  readonly root: string
  /** Called for each file that was parsed because its content was not in the cache. */
  readonly parsed?: (path: string) => void
}

interface Options {
  /** Allow node:fs, for functions whose results are identified by their content, such as data loaders. Default false. */
  readonly mayReadFiles?: boolean
}

export interface Fingerprinter {
  /** Throws a FingerprintProblem for a function that cannot be analysed. */
  of(fn: Callable, options?: Options): Fingerprint
  /**
   * How the meaning of a function has changed since its fingerprint.
   * `within`: the stage that called it is still running, and may have replaced JavaScript's built-ins.
   */
  changed(fn: Callable, options?: Options & { readonly within?: boolean }): Change | undefined
}

/**
 * Call it in the thread that has loaded the functions, after loading. Throws a FingerprintProblem if V8's answers are not as
 * expected.
 */
export function fingerprinter(settings: Settings): Fingerprinter {
  const inspect = inspector(openChannel())
  const replaced = patches().find((patch) => patch.replaced)
  try {
    selfTest(inspect)
  } catch (problem) {
    throw replaced === undefined ? problem : fingerprintProblems.replaced(replaced.name, undefined)
  }
  const root = realpathSync(settings.root)
  const show = (path: string): string => relative(root, path).replaceAll('\\', '/')
  const sourceOf = sources(settings.cache, show, settings.parsed)
  const places = placesOf(settings.files)
  const sites: World['sites'] = new Map()
  const world = (mayReadFiles: boolean): World => ({ inspector: inspect, sourceOf, show, mayReadFiles, ...places, sites })
  const [strict, reading] = [known(world(false)), known(world(true))]
  return {
    of: (fn, { mayReadFiles = false } = {}) => (mayReadFiles ? reading : strict).of(fn),
    changed: (fn, { mayReadFiles = false, ...options } = {}) => (mayReadFiles ? reading : strict).changed(fn, options),
  }
}

function known(world: World): Fingerprinter {
  let reached: Reach | undefined
  let natives: readonly Patch[] = []
  const found = new Map<Callable, { readonly meaning: Meaning | string; readonly fingerprint: Fingerprint }>()
  const of = (fn: Callable): Fingerprint => {
    const earlier = found.get(fn)
    if (earlier !== undefined) return earlier.fingerprint
    if (reached === undefined) {
      natives = patches()
      reached = new Reach(world, natives)
    }
    const meaning = reached.of(fn)
    const fingerprint = fingerprintOf(meaning)
    found.set(fn, { meaning, fingerprint })
    return fingerprint
  }
  return {
    of,
    changed: (fn, { within = false } = {}) => {
      const earlier = found.get(fn)
      if (earlier === undefined) return undefined
      try {
        const now = within ? natives : patches()
        if (fingerprintOf(new Reach(world, now).of(fn)).hash === earlier.fingerprint.hash) return undefined
        return changeOf(earlier.meaning, new Reach(world, now, true).of(fn), fn.name)
      } catch (problem) {
        if (!(problem instanceof FingerprintProblem)) throw problem
        return { name: fn.name, problem }
      }
    },
  }
}

function fingerprintOf(meaning: Meaning | string): Fingerprint {
  const parts = typeof meaning === 'string' ? [] : partsOf(meaning)
  return { hash: typeof meaning === 'string' ? hashOfBoundary(meaning) : parts[0]!.hash, parts, version: formVersion }
}

/** Real paths of project files: V8 and imports use real paths. */
function placesOf(files: ReadonlyMap<string, string>): Pick<World, 'pathOf' | 'fileOf' | 'isProject' | 'resolve'> {
  const real = new Map<string, string>()
  const realPath = (path: string): string => {
    if (!real.has(path)) real.set(path, realpathSync(path))
    return real.get(path)!
  }
  let paths = new Set<string>()
  let counted = 0
  const resolved = new Map<string, string>()
  return {
    pathOf: (url) => {
      const path = files.get(url) ?? files.get(url.replace(/[?#].*$/, ''))
      return path === undefined ? undefined : realPath(path)
    },
    fileOf: (url) => {
      if (url.startsWith('file:')) return fileURLToPath(url.replace(/[?#].*$/, ''))
      return isAbsolute(url) ? url : undefined // CommonJS modules have paths
    },
    isProject: (path) => {
      if (counted < files.size) paths = new Set(Array.from(files.values(), realPath))
      counted = files.size
      return paths.has(path)
    },
    resolve: (from, specifier) => {
      const key = `${from}\0${specifier}`
      if (!resolved.has(key)) resolved.set(key, realPath(fileURLToPath(new URL(specifier, pathToFileURL(from)))))
      return resolved.get(key)!
    },
  }
}

export type { Callable } from './callable.ts'
export type { Change } from './problems.ts'
