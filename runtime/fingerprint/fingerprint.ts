/**
 * The meaning of a user's function as a hash: its own code, every helper, class and constant it reaches in any project file, the values
 * it has captured, and the packages it uses by version. Renaming, reformatting, annotating or moving code keeps the hash; what cannot be
 * followed is refused. See docs/fingerprints.md.
 */
import { realpathSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sources } from './analysis.ts'
import { packageExport } from './boundary.ts'
import { inspector, openChannel } from './inspect.ts'
import { hashOfBoundary, type Part, partsOf } from './meaning.ts'
import { Reach, type World } from './reach.ts'
import { selfTest } from './self-test.ts'
import type { Callable } from './value.ts'

export type { Part, PartUse } from './meaning.ts'
export { FingerprintProblem } from './problems.ts'

/** Plain data: it can be sent between threads and stored. */
export interface Fingerprint {
  /** 64 hex digits: the only part that belongs in a key. */
  readonly hash: string
  /** What the hash is made of, for explaining a difference: the function itself first, then everything it reaches, in order of first use. */
  readonly parts: readonly Part[]
}

export interface Settings {
  /** URL of every project file this thread has loaded, and the path of its source. It may grow. */
  readonly files: ReadonlyMap<string, string>
  /** Folder that keeps what is known of each file's content. */
  readonly cache: string
  /** Folder that paths in messages and parts are relative to. */
  readonly root: string
  /** Namespaces of packages by specifier: their functions are known by name even when they come as values. */
  readonly packages?: ReadonlyMap<string, object>
  /** Told of each file that had to be parsed, because its content was not in the cache. */
  readonly parsed?: (path: string) => void
}

export interface Options {
  /** For functions whose results are known by their content anyway, such as data loaders: they may use node:fs. Default false. */
  readonly mayReadFiles?: boolean
}

/**
 * Call it in the thread that has loaded the functions, when loading is done: captured arrays and objects are frozen, so that a later
 * change throws. Throws a FingerprintProblem when V8 does not answer as expected; the function it returns throws one for each function
 * that cannot be followed.
 */
export function fingerprinter(settings: Settings): (fn: Callable, options?: Options) => Fingerprint {
  const inspect = inspector(openChannel())
  selfTest(inspect)
  const root = realpathSync(settings.root)
  const show = (path: string): string => relative(root, path).replaceAll('\\', '/')
  const sourceOf = sources(settings.cache, show, settings.parsed)
  const places = placesOf(settings.files)
  const nameOf = namesIn(settings)
  const strict = reach(false)
  const reading = reach(true)
  return (fn, { mayReadFiles = false } = {}) => (mayReadFiles ? reading : strict)(fn)

  function reach(mayReadFiles: boolean): (fn: Callable) => Fingerprint {
    const world: World = { inspector: inspect, sourceOf, show, mayReadFiles, ...places, nameOf }
    const reached = new Reach(world)
    const known = new WeakMap<Callable, Fingerprint>()
    return (fn) => {
      let found = known.get(fn)
      if (found === undefined) {
        const meaning = reached.of(fn)
        const parts = typeof meaning === 'string' ? [] : partsOf(meaning, show)
        found = { hash: typeof meaning === 'string' ? hashOfBoundary(meaning) : parts[0]!.hash, parts }
        known.set(fn, found)
      }
      return found
    }
  }
}

/** Where project files lie, through links: V8 and imports know them by their real paths. */
function placesOf(files: ReadonlyMap<string, string>): Pick<World, 'pathOf' | 'isProject' | 'resolve'> {
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

/** Exports of packages by identity. */
function namesIn({ packages = new Map(), root }: Settings): (fn: Callable) => string | undefined {
  let known: Map<unknown, string> | undefined
  return (fn) => {
    known ??= new Map(
      Array.from(packages).flatMap(([specifier, namespace]) =>
        Object.entries(namespace).flatMap(([name, value]): [unknown, string][] => {
          if (typeof value !== 'function') return []
          const found = packageExport(specifier, name, `${root}/package.json`, () => ({ at: specifier, through: [] }))
          return 'from' in found ? [[value, found.from]] : []
        }),
      ),
    )
    return known.get(fn)
  }
}

export type { Callable } from './value.ts'
