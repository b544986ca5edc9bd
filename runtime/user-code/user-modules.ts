/** The user's modules in one thread: which files they are, and a fresh copy of each when the pipeline file is imported again. */
import { registerHooks } from 'node:module'
import { fixEnvironment } from './environment.ts'
import { isUserCode, placeOf } from './user-code.ts'

export interface Unresolved {
  readonly specifier: string
  /** Path of the file that imports it. */
  readonly importer: string
  readonly cause: unknown
}

/** Make one in a thread, before it imports any of the user's code. */
export class UserModules {
  /** Paths by URL, of all copies. */
  readonly files = new Map<string, string>()
  /** The last import that led nowhere. */
  unresolved: Unresolved | undefined
  #copy = 0

  constructor() {
    fixEnvironment()
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        try {
          const found = nextResolve(specifier, context)
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

  /** @param file URL @param again whether earlier copies are too old */
  import(file: string, again = false): Promise<{ readonly [name: string]: unknown }> {
    if (again) this.#copy++
    return import(file)
  }

  /** Node keeps a module for its URL for as long as it runs. */
  #ofThisCopy(url: string): string {
    return this.#copy === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}copy=${this.#copy}`
  }
}
