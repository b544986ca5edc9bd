/** The modules of user code in a thread: records their files, and imports fresh copies when the pipeline file is imported again. */
import { isBuiltin, registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { fixEnvironment } from './environment.ts'
import { isPackaged, isUserCode, packageOf, placeOf } from './user-code.ts'

export interface Unresolved {
  readonly specifier: string
  /** Path of the importing file. */
  readonly importer: string
  readonly cause: unknown
}

/** All code loaded for a pipeline file except this library's: what another machine needs to load it. */
export interface LoadedCode {
  /** Paths of user files, and of the package files they load. */
  readonly files: readonly string[]
  /** Which packages are imported from which folders. */
  readonly imports: readonly { readonly folder: string; readonly name: string }[]
}

/** Create one per thread, before importing any user code. */
export class UserModules {
  /** Paths by URL, of all copies. */
  readonly files = new Map<string, string>()
  /** The last import that could not be resolved. */
  unresolved: Unresolved | undefined
  /** Paths of package files loaded for user code. */
  readonly #packaged = new Set<string>()
  readonly #imports = new Map<string, LoadedCode['imports'][number]>()
  #copy = 0

  constructor() {
    fixEnvironment()
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        try {
          const found = nextResolve(specifier, context)
          this.#note(specifier, found.url, context.parentURL)
          return isUserCode(found.url) ? { ...found, url: this.#ofThisCopy(found.url) } : found
        } catch (cause) {
          if (context.parentURL?.startsWith('file:')) this.unresolved = { specifier, importer: placeOf(context.parentURL), cause }
          throw cause
        }
      },
      load: (url, context, nextLoad) => {
        if (isUserCode(url)) this.files.set(url, placeOf(url))
        return nextLoad(url, context)
      },
    })
  }

  get code(): LoadedCode {
    return { files: [...new Set([...this.files.values(), ...this.#packaged])].sort(), imports: [...this.#imports.values()] }
  }

  /** @param file URL @param again import fresh copies of all user modules */
  import(file: string, again = false): Promise<{ readonly [name: string]: unknown }> {
    if (again) this.#copy++
    return import(file)
  }

  #note(specifier: string, url: string, importer = ''): void {
    const from = importer.startsWith('file:') ? placeOf(importer) : ''
    if (!isUserCode(importer) && !this.#packaged.has(from)) return
    if (isPackaged(url)) this.#packaged.add(placeOf(url))
    if (/^[./#]|^\w+:/.test(specifier) || isBuiltin(specifier)) return
    const [folder, name] = [dirname(from), packageOf(specifier)]
    this.#imports.set(`${folder}\0${name}`, { folder, name })
  }

  /** A new URL per copy, because Node caches modules by URL. */
  #ofThisCopy(url: string): string {
    return this.#copy === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}copy=${this.#copy}`
  }
}
