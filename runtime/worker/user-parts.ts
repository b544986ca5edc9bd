/**
 * The user's functions in a worker. They cannot cross processes, so the pipeline file is imported here as it was to plan it, and each
 * function is found by its fingerprint. One that is known is never looked for again: its fingerprint says all that it means.
 */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { UserFunction, UserPart } from '../../dsl/check/function-reference.ts'
import { isRunnable } from '../../dsl/graph/expr.ts'
import type { FunctionRef, Json } from '../../dsl/graph/stage-options.ts'
import { compile } from '../../dsl/language/compile.ts'
import { setParams } from '../../dsl/language/params.ts'
import type { Runnable } from '../../dsl/language/study.ts'
import type { UserFunctions } from '../../stdlib/user-functions.ts'
import { Meanings } from '../user-code/meanings.ts'
import { UserModules } from '../user-code/user-modules.ts'
import type { OwnSource } from '../user-code/user-source.ts'
import { failures } from './problems.ts'

export class UserParts {
  /** Of the running stage. */
  source: OwnSource | null = null
  readonly #store: string
  readonly #known = new Map<string, UserPart>()
  #modules: UserModules | undefined

  /** @param store the store's folder */
  constructor(store: string) {
    this.#store = store
  }

  /** @throws StageFailure when the file has it no more */
  async function<F extends UserFunction>(ref: FunctionRef): Promise<F> {
    return (await this.#with([ref]))(ref.fingerprint) as F // the verb that holds it has typed it
  }

  /** Every function that stands in these options, ready to be called. @throws StageFailure when the file has one of them no more */
  in(options: Json): Promise<UserFunctions> {
    return this.#with(refsIn(options))
  }

  async #with(refs: readonly Pick<FunctionRef, 'fingerprint'>[]): Promise<UserFunctions> {
    const missing = () => refs.find(({ fingerprint }) => !this.#known.has(fingerprint))
    if (missing() !== undefined) await this.#import()
    const gone = missing()
    if (gone !== undefined) throw failures.functionGone('name' in gone ? String(gone.name) : undefined, this.source?.file)
    return (fingerprint) => this.#known.get(fingerprint) as UserFunction // only functions are asked for
  }

  /** All functions of the planned target, from the file as it is now. */
  async #import(): Promise<void> {
    if (this.source === null) return
    const { file, target, params, project } = this.source
    const again = this.#modules !== undefined
    this.#modules ??= new UserModules()
    const { files } = this.#modules
    files.clear()
    setParams(new Map(Object.entries(params)))
    try {
      const exported = await this.#modules.import(pathToFileURL(resolve(file)).href, again)
      const runnable = exported[target]
      if (!isRunnable(runnable)) return
      const meanings = new Meanings({ files, project, store: this.#store })
      const { functions } = compile({ [target]: runnable as Runnable }, { fingerprint: (own, role) => meanings.of(own, role) })
      for (const [fingerprint, own] of functions) this.#known.set(fingerprint, own)
    } catch (cause) {
      throw failures.fileFails(file, cause)
    }
  }
}

/** References to functions, at any depth. */
function refsIn(value: Json): Pick<FunctionRef, 'fingerprint'>[] {
  if (typeof value !== 'object' || value === null) return []
  const { fingerprint } = value as { readonly fingerprint?: Json }
  if (typeof fingerprint === 'string') return [value as Json & Pick<FunctionRef, 'fingerprint'>]
  return Object.values(value).flatMap(refsIn)
}
