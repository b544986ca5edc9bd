/**
 * User functions in a worker. Functions cannot be sent between processes, so the worker imports the pipeline file again and finds each
 * function by its fingerprint. Functions are cached by fingerprint, which covers everything they depend on; a stage that changes
 * what a function depends on fails.
 */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Json } from '../../dsl/check/canonical.ts'
import type { FunctionRef, Role, UserFunction, UserPart } from '../../dsl/check/function-reference.ts'
import { compile } from '../../dsl/language/compile.ts'
import { setParams } from '../../dsl/language/params.ts'
import type { UserFunctions } from '../../stdlib/user-functions.ts'
import { fingerprintProblems } from '../fingerprint/problems.ts'
import { closeEnvironment, openEnvironment, restoreNatives } from '../user-code/environment.ts'
import { FunctionRegistry } from '../user-code/function-registry.ts'
import { targetsCalled } from '../user-code/targets.ts'
import { UserModules } from '../user-code/user-modules.ts'
import type { UserSource } from '../user-code/user-source.ts'
import { failures } from './problems.ts'

interface Known {
  readonly own: UserPart
  readonly role: Role
  readonly registry: FunctionRegistry
}

export class UserParts {
  #source: UserSource | null = null
  readonly #store: string
  readonly #known = new Map<string, Known>()
  /** Functions handed to the running stage, by fingerprint. */
  readonly #given = new Map<string, UserFunction>()
  /** Functions called by the running stage; cached networks and traces may hold functions of an earlier import. */
  readonly #called = new Set<Known>()
  #modules: UserModules | undefined

  /** @param store the store's folder */
  constructor(store: string) {
    this.#store = store
  }

  /** Call before each stage. */
  begin(source: UserSource | null): void {
    // Functions of a failed stage are not checked but dropped: the next stage imports the file again.
    if (this.#given.size > 0) this.#forget()
    this.#called.clear()
    openEnvironment()
    this.#source = source
  }

  /** Call before any output of a stage is stored. @throws StageFailure if a user function changed, or read something forbidden */
  settle(): void {
    const refused = openEnvironment()
    const given = Array.from(this.#given.keys(), (fingerprint) => this.#known.get(fingerprint)!)
    for (const known of new Set([...this.#called, ...given])) this.#check(known)
    if (refused !== undefined) {
      this.#forget()
      throw failures.hiddenState(refused)
    }
    this.#given.clear()
  }

  /** @throws StageFailure if the file no longer contains it */
  async function<F extends UserFunction>(ref: FunctionRef): Promise<F> {
    return (await this.#with([ref]))(ref.fingerprint) as F // typed by the verb that has the option
  }

  /** All functions referenced in the options. @throws StageFailure if the file no longer contains one of them */
  in(options: Json): Promise<UserFunctions> {
    return this.#with(refsIn(options))
  }

  async #with(refs: readonly Pick<FunctionRef, 'fingerprint'>[]): Promise<UserFunctions> {
    const missing = () => refs.find(({ fingerprint }) => !this.#known.has(fingerprint))
    if (missing() !== undefined) await this.#import()
    const gone = missing()
    if (gone !== undefined) throw failures.functionGone('name' in gone ? String(gone.name) : undefined, this.#source?.file)
    for (const { fingerprint } of refs)
      if (!this.#given.has(fingerprint)) this.#given.set(fingerprint, this.#checked(this.#known.get(fingerprint)!))
    if (refs.length > 0) closeEnvironment()
    return (fingerprint) => this.#given.get(fingerprint)! // only requested functions are called
  }

  /** The function, checked again after its first call, so that an invalid one fails early in a training. */
  #checked(known: Known): UserFunction {
    const fn = known.own as UserFunction // only functions are requested
    const checked = (...given: never[]): unknown => {
      const result = fn(...given)
      if (!this.#called.has(known)) {
        this.#called.add(known)
        this.#check(known, true)
      }
      return result
    }
    return Object.defineProperty(checked, 'name', { value: fn.name })
  }

  #check({ own, role, registry }: Known, within = false): void {
    const change = registry.changed(own, role, within)
    if (change === undefined) return
    this.#forget()
    throw failures.hiddenState(fingerprintProblems.stateChanged((own as UserFunction).name || role, change))
  }

  /** The next stage imports the file again, with the natives restored. */
  #forget(): void {
    this.#known.clear()
    this.#given.clear()
    restoreNatives()
  }

  /** Imports the current file and registers all functions of the planned target. */
  async #import(): Promise<void> {
    if (this.#source === null) return
    const { file, target, params, project } = this.#source
    const again = this.#modules !== undefined
    this.#modules ??= new UserModules()
    const { files } = this.#modules
    files.clear()
    setParams(new Map(Object.entries(params)))
    openEnvironment()
    restoreNatives() // changed by another file
    try {
      const exported = await this.#modules.import(pathToFileURL(resolve(file)).href, again)
      const registry = new FunctionRegistry({ files: new Map(files), project, store: this.#store })
      const roles = new Map<UserPart, Role>()
      const fingerprint = (own: UserPart, role: Role) => {
        roles.set(own, role)
        return registry.of(own, role)
      }
      const { functions } = compile(targetsCalled(target, exported), { fingerprint })
      for (const [fingerprint, own] of functions) this.#known.set(fingerprint, { own, role: roles.get(own)!, registry })
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
