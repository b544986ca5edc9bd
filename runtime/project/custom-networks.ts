/** A user's networks, outside of a run: finds the function that builds one in the current pipeline file, by its fingerprint. */

import { resolve } from 'node:path'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { UserFunctions } from '../../stdlib/user-functions.ts'
import { printingAside } from '../format/output.ts'
import { projectFolder } from '../store/location.ts'
import { UserParts } from '../worker/user-parts.ts'

export interface CustomFile {
  readonly file: string
  readonly target: string
  /** Values of `--set`. */
  readonly params: ReadonlyMap<string, string>
  /** The store's folder, which caches the analysis of the user's code. */
  readonly store: string
}

export class CustomNetworks {
  readonly #parts: UserParts

  constructor({ file, target, params, store }: CustomFile) {
    this.#parts = new UserParts(store)
    this.#parts.begin({ file: resolve(file), target, params: Object.fromEntries(params), project: projectFolder(file) })
  }

  /** Imports nothing for networks of the library. @throws StageFailure when the file no longer has a function */
  async functionsOf({ options }: Spec): Promise<UserFunctions> {
    return printingAside(() => this.#parts.in(options))
  }
}
