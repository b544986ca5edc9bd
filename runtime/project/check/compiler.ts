/**
 * The compiler that checks a file: the one that its project has installed, which editors can use too, or else the one in ts-morph.
 * Slow to load, so loaded only where files are checked.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ts as TypeScript } from 'ts-morph'

export type Compiler = typeof TypeScript
export type CompilerOptions = TypeScript.CompilerOptions
export type Program = TypeScript.Program
export type SourceFile = TypeScript.SourceFile
export type Diagnostic = TypeScript.Diagnostic
export type Node = TypeScript.Node

/** A compiler with the declarations of JavaScript's own libraries. */
export interface Loaded {
  readonly ts: Compiler
  /** Their folder, which may be virtual. */
  readonly libraryFolder: string
  /** Their texts by path, if they are not files. */
  readonly libraries: ReadonlyMap<string, string>
}

/** Which compiler checks a file; found without loading it. */
export interface Judge {
  /** package.json of the package that determines the compiler. */
  readonly manifest: string
  /** The module to load; undefined for ts-morph's. */
  readonly module?: string
  /** Version of the project's compiler if it is not supported. */
  readonly passedOver?: string
}

/** ts-morph's package of the compiler, without the rest of ts-morph. */
interface Common {
  readonly ts: Compiler
  getLibFiles(): readonly { readonly fileName: string; readonly text: string }[]
}

const here = createRequire(import.meta.url)

/** Versions with the interface used here. TypeScript 7 is another program, whose JavaScript interface is declared unstable. */
const known = /^(5\.[89]|6\.\d+)\./

/** @param file absolute */
export function judgeOf(file: string): Judge {
  const own = here.resolve('ts-morph').replace(/(.*[\\/]ts-morph)[\\/].*/s, '$1/package.json')
  const manifest = nearest(dirname(file))
  if (manifest === undefined) return { manifest: own }
  const { version, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string; readonly main: string }
  return known.test(version) ? { manifest, module: join(dirname(manifest), main) } : { manifest: own, passedOver: version }
}

/** Resolved as by Node, but again each time: it may be installed while a file is watched. */
function nearest(folder: string): string | undefined {
  const manifest = join(folder, 'node_modules/typescript/package.json')
  if (existsSync(manifest)) return realpathSync(manifest)
  return dirname(folder) === folder ? undefined : nearest(dirname(folder))
}

/** @param module of a Judge; without one, ts-morph's compiler */
export function loadCompiler(module?: string): Loaded {
  if (module !== undefined) return { ts: here(module) as Compiler, libraryFolder: dirname(module), libraries: new Map() }
  const { ts, getLibFiles } = createRequire(here.resolve('ts-morph'))('@ts-morph/common') as Common
  const libraryFolder = '/typescript-lib'
  return { ts, libraryFolder, libraries: new Map(getLibFiles().map(({ fileName, text }) => [`${libraryFolder}/${fileName}`, text])) }
}
