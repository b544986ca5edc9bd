/** Names in a unit: its own names are numbered in order of first use, names from outside become slots, globals keep their name. */
import type { AnyNode, Identifier } from 'acorn'
import { refused, type Use } from './globals.ts'
import { rootOf } from './grammar.ts'
import type { Binding, Scope, Scopes } from './scopes.ts'
import type { Free, HiddenState, Refusal } from './unit.ts'

export interface File {
  readonly scopes: Scopes
  /** Imported names. */
  readonly imported: ReadonlySet<string>
  /** Imported namespaces. */
  readonly namespaces: ReadonlySet<string>
}

type Slot = Omit<Free, 'changes' | 'onlyAtDefinition'> & { readonly changes: Free['changes'][number][]; onlyAtDefinition?: boolean }

/** Methods that modify an array, a map, a set, bytes, or the position of a regular expression. */
const changing = new Set('push pop shift unshift splice sort reverse fill copyWithin set add delete clear test exec'.split(' '))

export class Names {
  readonly free: Slot[] = []
  readonly refusals: Refusal[] = []
  /** The current code runs when the unit, a class, is defined. */
  atDefinition = false
  readonly #file: File
  readonly #root: AnyNode
  readonly #own = new Map<Binding, string>()
  readonly #privates = new Map<string, string>()
  readonly #labels = new Map<string, number>()
  #labelCount = 0

  constructor(root: AnyNode, file: File) {
    this.#file = file
    this.#root = root
  }

  refuse(rule: HiddenState, subject: string, at: number): void {
    this.refusals.push({ rule, subject, at })
  }

  reference({ name, start }: Identifier, scope: Scope, use: Use = { as: 'value' }): string {
    const binding = this.#file.scopes.resolve(name, scope)
    if (binding !== undefined) return this.#isOwn(binding) ? this.#number(binding) : `@${this.#slot(name, binding, start)}`
    const problem = refused(name, use)
    if (problem !== undefined) this.refuse(problem.rule, problem.subject, start)
    return `global:${name}`
  }

  /** The slot of `namespace.member`, which is equivalent to importing the member. */
  namespaceMember(object: AnyNode, key: string | undefined, scope: Scope): string | undefined {
    if (key === undefined || object.type !== 'Identifier' || !this.#file.namespaces.has(object.name)) return undefined
    const binding = this.#file.scopes.resolve(object.name, scope)
    return binding?.scope === this.#file.scopes.top ? `@${this.#slot(object.name, binding, object.start, key)}` : undefined
  }

  isGlobal(node: AnyNode, scope: Scope): node is Identifier {
    return node.type === 'Identifier' && this.#file.scopes.resolve(node.name, scope) === undefined
  }

  /** An assignment to a member of an object created by the unit or from outside. */
  assignment(target: AnyNode, scope: Scope): void {
    const { root, path } = rootOf(target) ?? {}
    if (root === undefined || path?.length === 0) return
    const binding = this.#file.scopes.resolve(root.name, scope)
    if (binding === undefined || !this.#isOwn(binding)) this.refuse('write', root.name, target.start)
  }

  /** A call to a method that may modify its receiver, depending on the type of the receiver. */
  call(callee: AnyNode, scope: Scope): void {
    const { root, path = [] } = rootOf(callee) ?? {}
    const method = path.at(-1)
    if (root === undefined || method === undefined || !changing.has(method)) return
    const binding = this.#file.scopes.resolve(root.name, scope)
    if (binding === undefined || this.#isOwn(binding)) return
    const namespace = this.#file.namespaces.has(root.name) && path.length > 1 ? path[0] : undefined
    const way = path.slice(namespace === undefined ? 0 : 1, -1).map((step) => step ?? null)
    this.free[this.#slot(root.name, binding, root.start, namespace)]!.changes.push({ path: way, method, at: callee.start })
  }

  privateName(name: string): string {
    if (!this.#privates.has(name)) this.#privates.set(name, `#${this.#privates.size}`)
    return this.#privates.get(name)!
  }

  /** Runs `body` with a new number for the label. */
  withLabel(name: string, body: (number: number) => string): string {
    const around = this.#labels.get(name)
    const number = this.#labelCount++
    this.#labels.set(name, number)
    const form = body(number)
    if (around !== undefined) this.#labels.set(name, around)
    return form
  }

  label(name: string): number {
    return this.#labels.get(name)!
  }

  #isOwn(binding: Binding): boolean {
    const { scope } = binding
    return this.#own.has(binding) || (scope !== this.#file.scopes.top && scope.start >= this.#root.start && scope.end <= this.#root.end)
  }

  #number(binding: Binding): string {
    if (!this.#own.has(binding)) this.#own.set(binding, `$${this.#own.size}`)
    return this.#own.get(binding)!
  }

  #slot(name: string, binding: Binding, at: number, member?: string): number {
    const from = binding.scope !== this.#file.scopes.top ? 'closure' : this.#file.imported.has(name) ? 'import' : 'module'
    const known = this.free.findIndex((one) => one.name === name && one.from === from && one.member === member)
    if (known >= 0) {
      if (!this.atDefinition) delete this.free[known]!.onlyAtDefinition
      return known
    }
    const slot: Slot = { name, from, ...(member === undefined ? {} : { member }), at, assigned: binding.writtenInside, changes: [] }
    return this.free.push(this.atDefinition ? { ...slot, onlyAtDefinition: true } : slot) - 1
  }
}
