/** Networks that a user wrote, outside of a run: the function that builds one is found in the pipeline file as it is now, by its fingerprint. */

import { resolve } from 'node:path'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { UserFunctions } from '../../stdlib/user-functions.ts'
import { printingAside } from '../format/output.ts'
import { projectFolder } from '../store/location.ts'
import { UserParts } from '../worker/user-parts.ts'

export interface CustomFile {
  readonly file: string
  readonly target: string
  /** What `--set` says. */
  readonly params: ReadonlyMap<string, string>
  /** The store's folder, which keeps what is known of the user's code. */
  readonly store: string
}

export class CustomNetworks {
  readonly #parts: UserParts

  constructor({ file, target, params, store }: CustomFile) {
    this.#parts = new UserParts(store)
    this.#parts.begin({ file: resolve(file), target, params: Object.fromEntries(params), project: projectFolder(file) })
  }

  /** For networks of the library alone nothing is imported. @throws StageFailure when the file has a function no more */
  async functionsOf({ options }: Spec): Promise<UserFunctions> {
    return printingAside(() => this.#parts.in(options))
  }
}
