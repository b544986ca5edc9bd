/** The compiler that ts-morph brings, with the declarations of JavaScript's own libraries. Slow to load: only where files are checked. */
import { createRequire } from 'node:module'
import type { ts as TypeScript } from 'ts-morph'

export type Compiler = typeof TypeScript
export type CompilerOptions = TypeScript.CompilerOptions
export type Program = TypeScript.Program
export type SourceFile = TypeScript.SourceFile
export type Diagnostic = TypeScript.Diagnostic
export type Node = TypeScript.Node

/** ts-morph's own package of the compiler, without the rest of ts-morph. */
interface Common {
  readonly ts: Compiler
  getLibFiles(): readonly { readonly fileName: string; readonly text: string }[]
}

const here = createRequire(import.meta.url)

/** Of the package that decides which compiler it is; read without loading it. */
export const compilerManifest = (): string => here.resolve('ts-morph').replace(/(.*[\\/]ts-morph)[\\/].*/s, '$1/package.json')

/** Where the libraries' declarations seem to lie. */
export const libraryFolder = '/typescript-lib'

export function loadCompiler(): { readonly ts: Compiler; readonly libraries: ReadonlyMap<string, string> } {
  const { ts, getLibFiles } = createRequire(here.resolve('ts-morph'))('@ts-morph/common') as Common
  return { ts, libraries: new Map(getLibFiles().map(({ fileName, text }) => [`${libraryFolder}/${fileName}`, text])) }
}
