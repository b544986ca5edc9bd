/** Live values of module-level names in project files. A file becomes readable through one of its functions. */
import { types } from 'node:util'
import type { Source } from './analysis.ts'
import { type Callable, isCallable } from './callable.ts'
import type { Site, Variables } from './inspect.ts'
import { native } from './natives.ts'
import type { Free } from './unit.ts'

interface World {
  readonly inspect: (fn: Callable) => Site | undefined
  readonly pathOf: (url: string) => string | undefined
}

export class LiveModules {
  readonly #world: World
  readonly #modules = new Map<string, Variables>()

  constructor(world: World) {
    this.#world = world
  }

  remember(path: string, { module }: Site): void {
    if (module && !this.#modules.has(path)) this.#modules.set(path, module)
  }

  /** The value of a module-level name, or of a member of its namespace. */
  live(source: Source, { name, member }: Free): { readonly value: unknown } | undefined {
    const variables = this.#modules.get(source.path)
    if (variables === undefined || !Object.hasOwn(variables, name)) return undefined
    const value = variables[name]
    if (member === undefined) return { value }
    const namespace = value as { readonly [member: string]: unknown } // only namespaces have a member here
    return Object.hasOwn(namespace, member) ? { value: namespace[member] } : undefined
  }

  /** Makes the names of another file readable through an exported value: one of its functions, or an instance of one of its classes. */
  enter(home: Source, value: unknown): void {
    if (this.#modules.has(home.path)) return
    if (typeof value === 'object' && types.isProxy(value)) return
    const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
    const fn: unknown = prototype ? Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value : value
    const site = isCallable(fn) && !native(fn) ? this.#world.inspect(fn) : undefined
    const path = site && this.#world.pathOf(site.url)
    if (site && path !== undefined) this.remember(path, site)
  }
}
