/** The boundary of the analysis: packages by name and version, Node's modules by name, this library by version. Their code is not read. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprintProblems, type Where } from './problems.ts'
import type { HiddenState } from './unit.ts'

export type Boundary =
  /** `name@version#export`, `node:path#join`. */
  | { readonly from: string }
  /** A package linked from the project's own tree: its code is analysed like project code. */
  | { readonly linked: true }

const library = 'espalier'

/** Node's modules with impure exports, all or some. All other modules are identified by name. */
const impureModules: { readonly [module: string]: HiddenState | { readonly [name: string]: HiddenState } } = {
  process: 'environment',
  perf_hooks: 'clock',
  fs: 'files',
  'fs/promises': 'files',
  sqlite: 'files',
  http: 'network',
  http2: 'network',
  https: 'network',
  net: 'network',
  tls: 'network',
  dgram: 'network',
  dns: 'network',
  'dns/promises': 'network',
  os: 'machine',
  v8: 'machine',
  child_process: 'import',
  cluster: 'import',
  worker_threads: 'import',
  module: 'import',
  inspector: 'import',
  'inspector/promises': 'import',
  vm: 'text-as-code',
  timers: 'timer',
  'timers/promises': 'timer',
  repl: 'global',
  tty: 'global',
  readline: 'global',
  'readline/promises': 'global',
  path: { resolve: 'directory', relative: 'directory' },
  url: { pathToFileURL: 'directory' },
  crypto: {
    randomBytes: 'random',
    randomFill: 'random',
    randomFillSync: 'random',
    randomInt: 'random',
    randomUUID: 'random',
    getRandomValues: 'random',
    webcrypto: 'random',
    subtle: 'random',
    generateKey: 'random',
    generateKeySync: 'random',
    generateKeyPair: 'random',
    generateKeyPairSync: 'random',
    generatePrime: 'random',
    generatePrimeSync: 'random',
    default: 'random',
    '*': 'random',
  },
}

/** An export of one of Node's modules. */
export function builtin(specifier: string, name: string, mayReadFiles: boolean, where: () => Where): { readonly from: string } {
  const module = specifier.replace(/^node:/, '')
  const rules = Object.hasOwn(impureModules, module) ? impureModules[module] : undefined
  const rule = typeof rules === 'object' ? (Object.hasOwn(rules, name) ? rules[name] : undefined) : rules
  if (rule !== undefined && !((rule === 'files' || rule === 'directory') && mayReadFiles))
    throw fingerprintProblems.hiddenState(
      where(),
      rule,
      name === '*' || name === 'default' ? `node:${module}` : `${name} of node:${module}`,
    )
  return { from: `node:${module}#${name}` }
}

export { isBuiltin }

/** An export of a package, resolved from the file at `path`. */
export function packageExport(specifier: string, name: string, path: string, where: () => Where): Boundary {
  const segments = specifier.split('/')
  const packageName = segments.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  if (packageName === library) return { from: `${specifier}@${libraryVersion()}#${name}` }
  const manifest = manifestOf(packageName, path)
  if (manifest === undefined) throw fingerprintProblems.noPackage(where(), packageName)
  if (manifest === 'own' || !realpathSync(dirname(manifest)).split(sep).includes('node_modules')) return { linked: true }
  const version = readManifest(manifest).version
  if (version === undefined) throw fingerprintProblems.noVersion(where(), packageName, manifest)
  return { from: `${specifier}@${version}#${name}` }
}

/** Resolved as in Node: in the nearest node_modules that contains it. A package may also import itself by its own name. */
function manifestOf(packageName: string, path: string): string | 'own' | undefined {
  let own: string | undefined
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', packageName, 'package.json')
    if (existsSync(manifest)) return manifest
    const around = join(folder, 'package.json')
    if (own === undefined && existsSync(around)) own = readManifest(around).name
    if (folder === dirname(folder)) return own === packageName ? 'own' : undefined
  }
}

/** The package of a file and the file's path in it: `tiny-math@1.2.3/index.js`, and the package's folder. */
export function placeInPackage(path: string): { readonly place: string; readonly folder: string } | undefined {
  if (!path.split(sep).includes('node_modules')) return undefined
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    const { name, version } = existsSync(file) ? readManifest(file) : {}
    if (name !== undefined && version !== undefined)
      return { place: `${name}@${version}/${relative(folder, path).replaceAll('\\', '/')}`, folder }
  }
  return undefined
}

interface Manifest {
  readonly name?: string
  readonly version?: string
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}

let version: string | undefined

/** From this package's own manifest, which is in a parent folder both in the repository and after installation. */
export function libraryVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); version === undefined; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && readManifest(manifest).name === library) version = readManifest(manifest).version ?? 'unversioned'
    if (folder === dirname(folder)) break
  }
  return version ?? 'unversioned'
}
