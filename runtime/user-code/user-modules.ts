/** The user's modules in one thread: which files they are, and a fresh copy of each when the pipeline file is imported again. */
import { isBuiltin, registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { fixEnvironment } from './environment.ts'
import { isPackaged, isUserCode, packageOf, placeOf } from './user-code.ts'

export interface Unresolved {
  readonly specifier: string
  /** Path of the file that imports it. */
  readonly importer: string
  readonly cause: unknown
}

/** All code that was loaded for a pipeline file but this library's: what another machine needs to load it too. */
export interface LoadedCode {
  /** Paths of the user's files and of those of packages that they load. */
  readonly files: readonly string[]
  /** Which packages are imported from which folders. */
  readonly imports: readonly { readonly folder: string; readonly name: string }[]
}

/** Make one in a thread, before it imports any of the user's code. */
export class UserModules {
  /** Paths by URL, of all copies. */
  readonly files = new Map<string, string>()
  /** The last import that led nowhere. */
  unresolved: Unresolved | undefined
  /** Paths of packages' files, loaded for the user's code. */
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

  /** @param file URL @param again whether earlier copies are too old */
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

  /** Node keeps a module for its URL for as long as it runs. */
  #ofThisCopy(url: string): string {
    return this.#copy === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}copy=${this.#copy}`
  }
}
