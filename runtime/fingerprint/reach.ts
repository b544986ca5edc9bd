/** Computes the meaning of a function value: its code, and for every slot a captured value, another function, or a boundary. */
import { types } from 'node:util'
import { digest } from './analyse.ts'
import type { Source } from './analysis.ts'
import { placeInPackage } from './boundary.ts'
import { type Callable, isCallable } from './callable.ts'
import { changedBy, className, ownData, primitiveForm } from './descriptors.ts'
import { type Follower, follow } from './follow.ts'
import { type Inspector, type Site, sourceOf, type Variables } from './inspect.ts'
import { LiveModules } from './live-modules.ts'
import { type Meaning, type Slot, sameObjects } from './meaning.ts'
import { type Other, otherThanWritten, plainFunction } from './members.ts'
import { native, type Patch } from './natives.ts'
import { fingerprintProblems, type Where } from './problems.ts'
import type { Free, Literal } from './unit.ts'
import { type Form, formOf, NotPlainData, type Reader } from './value.ts'

export interface World extends Follower {
  readonly inspector: Inspector
  /** Path of the project file of a script. */
  readonly pathOf: (url: string) => string | undefined
  /** Path of any file of a script. */
  readonly fileOf: (url: string) => string | undefined
  /** Positions and scopes of functions, which do not change while the program runs. */
  readonly sites: Map<Callable, Site | undefined>
}

/** Maximum length of a chain of functions; a longer chain would overflow the stack. */
const longestWay = 300

export class Reach {
  readonly #world: World
  readonly #patches: readonly Patch[]
  /** By function, and by path and module-level name. */
  readonly #known = new Map<unknown, Meaning>()
  /** Keys of `#known` in insertion order, to undo incomplete work after a rejection. */
  readonly #added: unknown[] = []
  readonly #modules: LiveModules
  readonly #through: string[] = []
  /** By prototype: whether some class in the chain has private members. */
  readonly #private = new Map<object, boolean>()
  /** The inspected function belongs to a package, so its code is not read. */
  #inPackage = false

  readonly #withTrails: boolean

  /** @param patches modified members of built-in objects @param withTrails record paths, to find differing parts of a value later */
  constructor(world: World, patches: readonly Patch[], withTrails = false) {
    this.#world = world
    this.#patches = patches
    this.#withTrails = withTrails
    this.#modules = new LiveModules({ pathOf: world.pathOf, inspect: (fn) => this.#site(fn) })
  }

  /** The meaning of a function of the pipeline, or its name. Throws a FingerprintProblem. */
  of(fn: Callable): Meaning | string {
    const mark = this.#added.length
    try {
      const site = this.#site(fn)
      const where = (): Where => ({ at: site === undefined ? 'native code' : site.url, through: [fn.name] })
      const replaced = this.#patches.find((patch) => patch.replaced)
      if (replaced !== undefined) throw fingerprintProblems.replaced(replaced.name, this.#placeOf(replaced.descriptor?.value))
      const meaning = this.#function(fn, where, () => fingerprintProblems.foreignRoot(fn.name, site?.url))
      return typeof meaning === 'string' ? meaning : this.#whole(meaning)
    } catch (error) {
      // Added entries refer to incomplete ones.
      for (const key of this.#added.splice(mark)) this.#known.delete(key)
      if (error instanceof RangeError && /call stack/.test(error.message)) throw fingerprintProblems.tooDeep(fn.name)
      throw error
    } finally {
      this.#through.length = 0
      this.#inPackage = false
    }
  }

  /** Adds state that concerns all reached functions. */
  #whole(meaning: Meaning): Meaning {
    const { name, code, place, text, slots } = meaning
    const where = (): Where => ({ at: place, through: [] })
    const whole: Meaning = { name, code, place, text, slots: [...slots] }
    for (const patch of this.#patches)
      whole.slots.push({ name: patch.name, key: patch.name, form: this.#value([patch.descriptor], patch.name, where) })
    const same = sameObjects(meaning)
    if (same !== '') whole.slots.push({ name: 'which objects are the same', key: 'same', form: [same] })
    return whole.slots.length === slots.length ? meaning : whole
  }

  /** Values visible to a package's functions may change. Values visible to user functions do not, or are rejected. */
  #site(fn: Callable): Site | undefined {
    const { sites, inspector } = this.#world
    if (!sites.has(fn)) sites.set(fn, inspector.inspect(fn))
    return sites.get(fn)
  }

  #function(fn: Callable, where: () => Where, foreign: () => Error): Meaning | string {
    const known = this.#known.get(fn) ?? this.#nameOf(fn)
    if (known !== undefined) return known
    const site = this.#site(fn)
    if (site === undefined) throw foreign()
    const path = this.#world.pathOf(site.url)
    if (path === undefined) return this.#ofPackage(fn, site, where, foreign)
    const inPackage = this.#inPackage
    this.#inPackage = false
    const source = this.#world.sourceOf(path)
    this.#modules.remember(path, site)
    const literal = this.#locate(fn, site, source)
    const meaning = this.#meaning(literal.declares === undefined ? fn : keyOf(source, literal.declares), source, literal, site.closures, fn)
    this.#inPackage = inPackage
    return meaning
  }

  #nameOf(fn: Callable): string | undefined {
    const found = native(fn)
    if (found && 'rule' in found) return this.#inPackage ? found.subject : undefined
    return found?.name
  }

  /** A function created by a package: its code by position, and its captured values. */
  #ofPackage(fn: Callable, site: Site, where: () => Where, foreign: () => Error): Meaning | string {
    const file = this.#world.fileOf(site.url)
    const found = file === undefined ? undefined : placeInPackage(file)
    if (found === undefined) {
      if (this.#inPackage) return `${site.url}#${fn.name}`
      throw foreign()
    }
    const name = fn.name || 'an unnamed function'
    const place = `${found.place}:${site.line + 1}`
    const text = sourceOf(fn)
    const meaning: Meaning = {
      name,
      code: digest(`${found.place}:${site.line}:${site.column} ${text}`),
      place,
      text: () => text,
      slots: [],
    }
    this.#add(fn, meaning)
    const inPackage = this.#inPackage
    this.#inPackage = true
    this.#enter(name)
    // The outermost scope of a module without its own scope is that of the module.
    const own = site.module === undefined ? site.closures.slice(0, -1) : site.closures
    const closures = own.length === 0 ? own : this.#world.inspector.inspect(fn)!.closures.slice(0, own.length)
    for (const [i, variables] of closures.entries())
      for (const [variable, value] of Object.entries(variables)) {
        const subject = `${name} › ${variable}`
        meaning.slots.push({ name: subject, key: `${i} ${variable}`, form: this.#value(value, subject, where) })
      }
    const shipped = (member: Callable): boolean => this.#world.fileOf(this.#site(member)?.url ?? '')?.startsWith(found.folder) ?? false
    this.#others(meaning, otherThanWritten(fn, shipped), where)
    this.#through.pop()
    this.#inPackage = inPackage
    return meaning
  }

  #locate(fn: Callable, site: Site, source: Source): Literal {
    const literal = this.#literalAt(fn, site, source)
    if (literal === undefined)
      throw fingerprintProblems.changed(this.#where(source, source.offset(site.line, site.column)), fn.name || 'a function')
    return literal
  }

  #literalAt(fn: Callable, site: Site, source: Source): Literal | undefined {
    const text = digest(sourceOf(fn))
    const at = source.offset(site.line, site.column)
    return source.analysis.literals.find((one) => one.text === text && one.from <= at && at <= one.to)
  }

  #enter(name: string): void {
    if (this.#through.push(name) > longestWay) throw fingerprintProblems.tooDeep(this.#through[0]!)
  }

  #meaning(key: unknown, source: Source, literal: Literal, closures: readonly Variables[], fn: Callable): Meaning {
    const known = this.#known.get(key)
    if (known) this.#add(fn, known)
    if (known) return known
    const { name, code, start, end } = literal
    const place = `${this.#world.show(source.path)}:${source.position(start).line}`
    const meaning: Meaning = { name, code, place, text: () => source.text.slice(start, end), slots: [] }
    this.#add(key, meaning)
    this.#add(fn, meaning)
    this.#enter(name)
    for (const { rule, subject, at } of literal.refusals) throw fingerprintProblems.hiddenState(this.#where(source, at), rule, subject)
    for (const free of literal.free) meaning.slots.push(this.#slot(source, free, closures))
    const where = (): Where => this.#where(source, start)
    if (!plainFunction(fn, literal)) {
      const written = (member: Callable, index: number) => this.#isAsWritten(member, source, index, closures, fn)
      this.#others(meaning, otherThanWritten(fn, written, literal), where)
      if (literal.privates)
        this.#others(
          meaning,
          this.#world.inspector.privates(fn).map(([name, value], i) => ({ name, key: `#${i}`, value })),
          where,
        )
    }
    this.#through.pop()
    return meaning
  }

  #others({ name, slots }: Meaning, others: readonly Other[], where: () => Where): void {
    for (const { key, value, name: shown = key } of others) {
      const subject = `${name}.${shown}`
      const ofNode = key === '__proto__' && isCallable(value) && !native(value) ? this.#site(value)?.url : undefined
      // a class of Node: the expression after `extends` was already inspected
      const form = ofNode?.startsWith('node:') ? [`${ofNode}#${(value as Callable).name}`] : this.#value(value, subject, where)
      slots.push({ name: subject, key, form })
    }
  }

  /** A method of a class: the original function, which has the scope of the class. */
  #isAsWritten(member: Callable, source: Source, index: number, closures: readonly Variables[], owner: Callable): boolean {
    const site = this.#site(member)
    if (site === undefined || this.#world.pathOf(site.url) !== source.path) return false
    const literal = this.#literalAt(member, site, source)
    if (literal === undefined || literal !== source.analysis.literals[index]) return false
    return literal.free.every(({ name, from }) => {
      if (from !== 'closure') return true
      const [seen, there] = [site.closures, closures].map((scopes) => scopes.find((variables) => Object.hasOwn(variables, name))?.[name])
      return Object.is(seen, there) || seen === owner
    })
  }

  #slot(source: Source, free: Free, closures: readonly Variables[]): Slot {
    const { name } = free
    const where = (): Where => this.#where(source, free.at)
    if (free.onlyAtDefinition) return { name, form: [] } // its result is visible in the class
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
    if ('from' in origin) return this.#boundary(source, free, { name: label, from: origin.from }, where)
    if ('source' in origin) return { name: label, form: this.#declared(source, origin.source, origin.local, free, where) }
    const seen = this.#modules.live(source, free)
    if (seen === undefined) throw fingerprintProblems.unseen(where(), label)
    return { name: label, form: this.#captive(seen.value, free, where) }
  }

  /** A value from a package or Node by name. Constants, and members set by project files, are included. */
  #boundary(source: Source, free: Free, slot: { readonly name: string; readonly from: string }, where: () => Where): Slot {
    const value = this.#modules.live(source, free)?.value
    const ofNode = slot.from.startsWith('node:') // by its name alone
    if (isConstant(value) && !ofNode) return { name: slot.name, form: [`${slot.from} = ${primitiveForm(value)}`] }
    if (this.#isOfProject(value)) return { name: slot.name, form: this.#captive(value, free, where) }
    const holders = [value, isCallable(value) ? ownData(value, 'prototype') : undefined].filter((one) => isPlainHolder(one))
    const put = holders.flatMap((holder) => {
      const keys = Reflect.ownKeys(holder)
      const members =
        keys.length > mostMembers ? [] : keys.map((key) => [String(key), Object.getOwnPropertyDescriptor(holder, key)!] as const)
      return members.filter(
        ([, descriptor]) =>
          Object.values(descriptor).some((part) => this.#isOfProject(part)) ||
          (!ofNode && !isCallable(holder) && isConstant(descriptor.value)),
      )
    })
    return put.length === 0 ? slot : { name: slot.name, form: [`${slot.from} with `, ...this.#value(put, slot.name, where)] }
  }

  /** Position of a project function; undefined for any other value. */
  #placeOf(value: unknown): string | undefined {
    const site = this.#isOfProject(value) ? this.#site(value) : undefined
    const path = site && this.#world.pathOf(site.url)
    return path && `${this.#world.show(path)}:${site.line + 1}:${site.column + 1}`
  }

  #isOfProject(value: unknown): value is Callable {
    if (!isCallable(value) || native(value)) return false
    const site = this.#site(value)
    return site !== undefined && this.#world.pathOf(site.url) !== undefined
  }

  /** A module-level name of `home`, used in `source`. */
  #declared(source: Source, home: Source, local: string, free: Free, where: () => Where): Form<Meaning> {
    const { declarations, literals, assigned } = home.analysis
    if (assigned.includes(local)) throw fingerprintProblems.assignedInside(where(), free.name)
    const declaration = Object.hasOwn(declarations, local) ? declarations[local] : undefined
    const seen = this.#modules.live(source, free)
    if (seen && home !== source) this.#modules.enter(home, seen.value)
    if (seen && declaration?.literal !== undefined)
      return [this.#declaredLiteral(home, local, literals[declaration.literal]!, seen.value, where)]
    if (seen) return this.#captive(seen.value, free, where)
    if (declaration?.constant !== undefined) return [declaration.constant]
    throw fingerprintProblems.unseen(where(), free.name)
  }

  #declaredLiteral(home: Source, local: string, literal: Literal, fn: unknown, where: () => Where): Meaning {
    const known = this.#known.get(keyOf(home, local))
    if (known) return known
    if (!isCallable(fn) || digest(sourceOf(fn)) !== literal.text) throw fingerprintProblems.changed(where(), local)
    return this.#meaning(keyOf(home, local), home, literal, [], fn)
  }

  /** A captured value that is neither a declared function nor behind a boundary. */
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
        return this.#function(fn, where, () => fingerprintProblems.foreign(where(), subject + path))
      },
      bound: this.#world.inspector.bound,
      nameOf: (object) => this.#refuseImpure(object, where),
      classOf: (prototype, path) => {
        const made = ownData(prototype, 'constructor')
        if (!isCallable(made) || native(made) || ownData(made, 'prototype') !== prototype) return undefined
        return this.#function(made, where, () =>
          fingerprintProblems.notPlain(where(), subject + path, { kind: 'instance', of: className(prototype) }),
        )
      },
      privates: (object) => (this.#hasPrivates(object) ? this.#world.inspector.privates(object) : []),
      namedProperties: this.#world.inspector.namedProperties,
    }
    const trail = this.#withTrails ? [] : undefined
    try {
      const form = formOf(value, reader, trail)
      if (trail !== undefined) trails.set(form, trail)
      return form
    } catch (error) {
      if (!(error instanceof NotPlainData)) throw error
      throw fingerprintProblems.notPlain(where(), subject + error.path, error.reason)
    }
  }

  /** Known from its classes; unknown for classes of packages. */
  #hasPrivates(value: object): boolean {
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === null || native(prototype)) return false
    const earlier = this.#private.get(prototype)
    if (earlier !== undefined) return earlier
    const made = ownData(prototype, 'constructor')
    const site = isCallable(made) && !native(made) ? this.#site(made) : undefined
    const path = site && this.#world.pathOf(site.url)
    const literal = path === undefined ? undefined : this.#literalAt(made as Callable, site!, this.#world.sourceOf(path))
    const known = literal !== undefined && ownData(made as Callable, 'prototype') === prototype
    const has = known ? literal.privates === true : true
    const found = has || this.#hasPrivates(prototype)
    this.#private.set(prototype, found)
    return found
  }

  #refuseImpure(value: object, where: () => Where): string | undefined {
    const found = native(value)
    if (found && 'rule' in found && !this.#inPackage) throw fingerprintProblems.hiddenState(where(), found.rule, found.subject)
    return found && ('rule' in found ? found.subject : found.name)
  }

  #add(key: unknown, meaning: Meaning): void {
    if (this.#known.has(key)) return
    this.#known.set(key, meaning)
    this.#added.push(key)
  }

  #where(source: Source, at: number): Where {
    const { line, column } = source.position(at)
    return { at: `${this.#world.show(source.path)}:${line}:${column}`, through: [...this.#through] }
  }
}

/** Limit for packages: inspecting more would take too long. */
const mostMembers = 100

function isConstant(value: unknown): value is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}

function isPlainHolder(value: unknown): value is object {
  return (
    (isCallable(value) || (typeof value === 'object' && value !== null)) && !types.isProxy(value) && !types.isModuleNamespaceObject(value)
  )
}

/** For forms created with trails: the path of every piece. */
export const trails = new WeakMap<Form<Meaning>, readonly string[]>()

function keyOf({ path }: Source, local: string): string {
  return `${path}\0${local}`
}
