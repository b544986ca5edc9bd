/** From a function value to its meaning: its unit, and for every slot a captured value, another unit, or a boundary. */
import { digest } from './analyse.ts'
import type { Source } from './analysis.ts'
import { type Follower, follow } from './follow.ts'
import { native } from './globals.ts'
import { type Inspector, isCallable, type Site, type Variables } from './inspect.ts'
import { addedProperty } from './literal-check.ts'
import { LiveModules } from './live-modules.ts'
import type { Meaning, Slot } from './meaning.ts'
import { type FingerprintProblem, fingerprintProblems, type Where } from './problems.ts'
import type { Free, Literal, Unit } from './unit.ts'
import { type Callable, changedBy, type Form, formOf, freeze, NotPlainData, type Reader } from './value.ts'

export interface World extends Follower {
  readonly inspector: Inspector
  /** Path of the project file a script was loaded from. */
  readonly pathOf: (url: string) => string | undefined
  /** `name@version#export` of a function known by that. */
  readonly nameOf: (fn: Callable) => string | undefined
}

/** Not plain data: refused, unless the value stands at the top of a file and can be known by the expression that makes it. */
class Opaque extends Error {
  readonly problem: FingerprintProblem

  constructor(problem: FingerprintProblem) {
    super()
    this.problem = problem
  }
}

export class Reach {
  readonly #world: World
  /** By function, and by path and module-level name. */
  readonly #known = new Map<unknown, Meaning>()
  /** Keys of `#known` in the order they came, to take back what a refusal leaves half done. */
  readonly #added: unknown[] = []
  readonly #modules: LiveModules
  readonly #through: string[] = []
  /** Arrays and objects passed through on the way. */
  readonly #captured: object[] = []

  constructor(world: World) {
    this.#world = world
    this.#modules = new LiveModules(world)
  }

  /** The meaning of a function of the pipeline, or the name it goes by. Throws a FingerprintProblem. */
  of(fn: Callable): Meaning | string {
    try {
      const meaning = this.#attempt(() =>
        this.#function(fn, () => fingerprintProblems.foreignRoot(fn.name, this.#world.inspector.inspect(fn)?.url)),
      )
      freeze(this.#captured)
      return meaning
    } catch (error) {
      throw error instanceof Opaque ? error.problem : error
    } finally {
      this.#captured.length = 0
      this.#through.length = 0
    }
  }

  #function(fn: Callable, foreign: () => FingerprintProblem): Meaning | string {
    const known = this.#known.get(fn) ?? this.#nameOf(fn)
    if (known !== undefined) return known
    const site = this.#world.inspector.inspect(fn)
    const path = site && this.#world.pathOf(site.url)
    if (site === undefined || path === undefined) throw new Opaque(foreign())
    const source = this.#world.sourceOf(path)
    this.#modules.remember(path, site)
    const literal = this.#locate(fn, site, source)
    this.#noAddedProperties(fn, literal, source)
    return this.#meaning(literal.declares === undefined ? fn : keyOf(source, literal.declares), source, literal, site.closures, fn)
  }

  #nameOf(fn: Callable): string | undefined {
    const found = native(fn)
    if (found && 'rule' in found) return undefined
    return found?.name ?? this.#world.nameOf(fn)
  }

  #locate(fn: Callable, site: Site, source: Source): Literal {
    const text = digest(Function.prototype.toString.call(fn))
    const at = source.offset(site.line, site.column)
    const literal = source.analysis.literals.find((one) => one.text === text && one.from <= at && at <= one.to)
    if (literal === undefined) throw fingerprintProblems.changed(this.#where(source, at), fn.name || 'a function')
    return literal
  }

  #noAddedProperties(fn: Callable, literal: Literal, source: Source): void {
    const added = addedProperty(fn, literal)
    if (added !== undefined) throw fingerprintProblems.functionProperties(this.#where(source, literal.start), literal.name, added)
  }

  #meaning(key: unknown, source: Source, unit: Unit | Literal, closures: readonly Variables[], fn?: Callable): Meaning {
    const known = this.#known.get(key)
    if (known && fn) this.#add(fn, known)
    if (known) return known
    const meaning: Meaning = { source, unit, slots: [] }
    this.#add(key, meaning)
    if (fn) this.#add(fn, meaning)
    this.#through.push(unit.name)
    for (const { rule, subject, at } of unit.refusals) throw fingerprintProblems.hiddenState(this.#where(source, at), rule, subject)
    for (const free of unit.free) meaning.slots.push(this.#slot(source, free, closures))
    if (fn && 'staticFields' in unit) meaning.slots.push(...this.#staticFields(fn, source, unit))
    this.#through.pop()
    return meaning
  }

  /** A static field may hold another value by now than its class gave it. */
  #staticFields(fn: Callable, source: Source, { name, start, staticFields = [] }: Literal): Slot[] {
    return staticFields.map((field) => {
      const value: unknown = Object.getOwnPropertyDescriptor(fn, field)?.value
      try {
        return { name: `${name}.${field}`, form: this.#value(value, `${name}.${field}`, () => this.#where(source, start)) }
      } catch (error) {
        if (error instanceof Opaque) return { name: `${name}.${field}`, form: [] } // its code says how it is made
        throw error
      }
    })
  }

  #slot(source: Source, free: Free, closures: readonly Variables[]): Slot {
    const { name } = free
    const where = (): Where => this.#where(source, free.at)
    if (free.assigned) throw fingerprintProblems.assignedInside(where(), name)
    if (free.from === 'closure') {
      const scope = closures.find((variables) => Object.hasOwn(variables, name))
      if (scope === undefined) throw fingerprintProblems.unseen(where(), name)
      return { name, form: this.#captive(scope[name], free, where) }
    }
    if (free.from === 'module') return { name, form: this.#declared(source, source, name, free, where) }
    const imported = source.analysis.imports[name]!
    const label = free.member === undefined ? name : `${name}.${free.member}`
    const origin = follow(this.#world, source, imported.from, free.member ?? imported.name, where)
    if ('from' in origin) return { name: label, from: origin.from }
    if ('source' in origin) return { name: label, form: this.#declared(source, origin.source, origin.local, free, where) }
    const seen = this.#modules.live(source, free)
    if (seen === undefined) throw fingerprintProblems.unseen(where(), label)
    return { name: label, form: this.#captive(seen.value, free, where) }
  }

  /** A name at the top of `home`, used in `source`. */
  #declared(source: Source, home: Source, local: string, free: Free, where: () => Where): Form<Meaning> {
    const { declarations, literals, assigned } = home.analysis
    if (assigned.includes(local)) throw fingerprintProblems.assignedInside(where(), free.name)
    const declaration = Object.hasOwn(declarations, local) ? declarations[local] : undefined
    const seen = this.#modules.live(source, free)
    if (seen && home !== source) this.#modules.enter(home, seen.value)
    if (declaration?.literal !== undefined) return [this.#literal(home, local, literals[declaration.literal]!, seen, where)]
    let refused: FingerprintProblem | undefined
    if (seen) {
      try {
        return this.#attempt(() => this.#captive(seen.value, free, where))
      } catch (error) {
        if (!(error instanceof Opaque)) throw error
        refused = error.problem
      }
    } else if (declaration?.constant !== undefined && !declaration.reassigned) return [declaration.constant]
    if (declaration?.unit === undefined || declaration.reassigned) throw refused ?? fingerprintProblems.unseen(where(), free.name)
    for (const [file, name] of [
      [home, local],
      [source, free.name],
    ] as const)
      if (Object.hasOwn(file.analysis.touched, name))
        throw fingerprintProblems.touched(where(), free.name, this.#where(file, file.analysis.touched[name]!).at)
    return [this.#meaning(keyOf(home, local), home, declaration.unit, [])]
  }

  #literal(home: Source, local: string, literal: Literal, seen: { readonly value: unknown } | undefined, where: () => Where): Meaning {
    const known = this.#known.get(keyOf(home, local))
    if (known) return known
    if (seen === undefined) return this.#meaning(keyOf(home, local), home, literal, [])
    const fn = seen.value
    if (!isCallable(fn) || digest(Function.prototype.toString.call(fn)) !== literal.text) throw fingerprintProblems.changed(where(), local)
    this.#noAddedProperties(fn, literal, home)
    return this.#meaning(keyOf(home, local), home, literal, [], fn)
  }

  /** Something captured that is neither declared as a function nor behind a boundary. */
  #captive(value: unknown, free: Free, where: () => Where): Form<Meaning> {
    const subject = free.member === undefined ? free.name : `${free.name}.${free.member}`
    const form = this.#value(value, subject, where)
    for (const { path, method } of free.changes)
      if (changedBy(value, path, method)) throw fingerprintProblems.changesCaptured(where(), subject, method)
    return form
  }

  #value(value: unknown, subject: string, where: () => Where): Form<Meaning> {
    const reader: Reader<Meaning> = {
      ofFunction: (fn, path) => {
        this.#refuseImpure(fn, where)
        return this.#function(fn, () => fingerprintProblems.foreign(where(), subject + path))
      },
      ofNative: (object) => this.#refuseImpure(object, where),
      namedProperties: this.#world.inspector.namedProperties,
      seen: (object) => this.#captured.push(object),
    }
    try {
      return formOf(value, reader)
    } catch (error) {
      if (!(error instanceof NotPlainData)) throw error
      const problem = fingerprintProblems.notPlain(where(), subject + error.path, error.reason)
      throw error.opaque ? new Opaque(problem) : problem
    }
  }

  #refuseImpure(value: object, where: () => Where): string | undefined {
    const found = native(value)
    if (found && 'rule' in found) throw fingerprintProblems.hiddenState(where(), found.rule, found.subject)
    return found?.name
  }

  /** What a failed attempt has added refers to things that are not finished: it is taken back. */
  #attempt<T>(act: () => T): T {
    const mark = this.#added.length
    const depth = this.#through.length
    const captured = this.#captured.length
    try {
      return act()
    } catch (error) {
      for (const key of this.#added.splice(mark)) this.#known.delete(key)
      this.#through.length = depth
      this.#captured.length = captured
      throw error
    }
  }

  #add(key: unknown, meaning: Meaning): void {
    this.#known.set(key, meaning)
    this.#added.push(key)
  }

  #where(source: Source, at: number): Where {
    const { line, column } = source.position(at)
    return { at: `${this.#world.show(source.path)}:${line}:${column}`, through: [...this.#through] }
  }
}

function keyOf({ path }: Source, local: string): string {
  return `${path}\0${local}`
}
