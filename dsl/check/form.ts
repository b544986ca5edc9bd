/**
 * The declaration of an option, once, with its docstring. The check at the verb, the wire format between processes, the key and the tables
 * in the documentation all read it. The types of stages (`Of`) and of user input (`Given`) are derived from it, and editors show the
 * docstring at both.
 */

import { type Json, notJson } from './canonical.ts'

/** The first place in a value that does not match the declaration. */
export interface Misfit {
  /** `optimizer.lr.kind` */
  readonly path: string
  readonly value: unknown
  /** What is allowed there. */
  readonly says: string
}

export interface About {
  /** The default value. */
  readonly standard?: unknown
  /** Whether it is part of a stage's key. Default true. */
  readonly inKey?: false
}

export interface Form<out T> extends About {
  /** The allowed values, for messages. */
  readonly says: string
  readonly misfit: (value: unknown, path: string) => Misfit | undefined
  /** In the type only. */
  readonly typed?: () => T
}

/** A member that may be absent. */
type Optional<T> = Form<T> & { readonly optional: true }
export type Fields = { readonly [name: string]: Form<unknown> }
/** Members of the variants of a union, by their `kind`. */
export type Kinds = { readonly [kind: string]: Fields }

/** The type of the values. */
export type Of<F> = F extends Form<infer T> ? T : never
type Flat<T> = { [K in keyof T]: T[K] }
export type StructOf<F extends Fields> = Flat<
  { readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Of<F[K]> } & {
    readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: Of<F[K]>
  }
>
/**
 * The type of user input: every option can be omitted. The docstrings of the forms become those of the options. `N` makes the compiler use
 * the name of the alias in messages.
 */
export type Given<F extends Fields, N extends keyof F = keyof F> = { readonly [K in N]?: Of<F[K]> }
export type VariantsOf<V extends Kinds> = { [K in keyof V]: Flat<{ readonly kind: K } & StructOf<V[K]>> }[keyof V]

/** Numbers that are allowed. */
export interface Range {
  readonly says: string
  readonly has: (value: number) => boolean
  readonly hint: string
  readonly title?: string
}

/** A form defined by a test only. */
const simple = <T, A>(says: string, fits: (value: unknown) => boolean, about: A): Form<T> & A => ({
  says,
  misfit: (value, path) => (fits(value) ? undefined : { path, value, says }),
  ...about,
})

/** A number in a range. */
export const number = <const A extends About = Record<never, never>>(range: Range, about?: A): Form<number> & Range & NoInfer<A> =>
  simple<number, Range & A>(range.says, (value) => typeof value === 'number' && range.has(value), { ...range, ...(about as A) })

/** One of these words, or of `true` and `false`. */
export const words = <const W extends readonly (string | boolean)[], const A extends About = Record<never, never>>(
  all: W,
  about?: A,
): Form<W[number]> & { readonly words: W } & NoInfer<A> =>
  simple<W[number], { readonly words: W } & A>(
    all.map((word) => (typeof word === 'string' ? `'${word}'` : String(word))).join(', '),
    (value) => all.some((word) => word === value),
    { words: all, ...(about as A) },
  )

/** `true` or `false`. */
export const flag = <const A extends About = Record<never, never>>(
  about?: A,
): Form<boolean> & { readonly words: readonly [true, false] } & NoInfer<A> => words([true, false], about)

export const text = simple<string, object>('a text', (value) => typeof value === 'string', {})

/** Values that JSON can represent and distinguish: no NaN, no -0, no Map. */
export const json: Form<Json> = {
  says: 'plain data, as JSON has them',
  misfit: (value, path) => {
    const wrong = notJson(value, path)
    return wrong === undefined ? undefined : { path: wrong.path, value: wrong.found, says: json.says }
  },
}

/** May be absent. */
export const optional = <F extends Form<unknown>>(form: F): F & { readonly optional: true } => ({ ...form, optional: true })

export const list = <T, const A extends About = Record<never, never>>(
  item: Form<T>,
  about?: A,
): Form<readonly T[]> & { readonly item: Form<T> } & NoInfer<A> => ({
  item,
  says: `a list, each ${item.says}`,
  misfit(value, path) {
    if (!Array.isArray(value)) return { path, value, says: this.says }
    return firstOf(value.entries(), ([i, each]) => item.misfit(each, `${path}[${i}]`))
  },
  ...(about as A),
})

/** User-defined names with values of one form. */
export const dictionary = <T>(item: Form<T>): Form<{ readonly [name: string]: T }> & { readonly item: Form<T>; readonly names: true } => ({
  item,
  names: true,
  says: `names, each with ${item.says}`,
  misfit(value, path) {
    if (!isRecord(value)) return { path, value, says: this.says }
    return firstOf(Object.entries(value), ([name, each]) => item.misfit(each, join(path, name)))
  },
})

/** One of two forms without a `kind` to distinguish them. */
export const either = <A, B, const D extends About = Record<never, never>>(
  one: Form<A>,
  other: Form<B>,
  about?: D,
): Form<A | B> & { readonly forms: readonly [Form<A>, Form<B>] } & NoInfer<D> => ({
  forms: [one, other],
  says: `${one.says}, or ${other.says}`,
  misfit(value, path) {
    if (one.misfit(value, path) === undefined || other.misfit(value, path) === undefined) return undefined
    return { path, value, says: this.says }
  },
  ...(about as D),
})

/** An object with exactly these members. */
export const struct = <const F extends Fields>(fields: F): Form<StructOf<F>> & { readonly fields: F } => ({
  says: `an object with ${Object.keys(fields).join(', ') || 'nothing in it'}`,
  misfit(value, path) {
    return isRecord(value) ? membersMisfit(fields, value, path, []) : { path, value, says: this.says }
  },
  fields,
})

/** One of several objects, distinguished by their `kind`. */
export const variants = <const V extends Kinds>(kinds: V): Form<VariantsOf<V>> & { readonly kinds: V } => ({
  says: `an object whose kind is ${Object.keys(kinds).join(', ')}`,
  misfit(value, path) {
    if (!isRecord(value) || typeof value.kind !== 'string' || !Object.hasOwn(kinds, value.kind))
      return { path: isRecord(value) ? join(path, 'kind') : path, value: isRecord(value) ? value.kind : value, says: this.says }
    return membersMisfit(kinds[value.kind]!, value, path, ['kind'])
  },
  kinds,
})

/** For forms that contain themselves. */
export const lazy = <T>(again: () => Form<T>): Form<T> & { readonly again: () => Form<T> } => ({
  again,
  says: 'the same again',
  misfit: (value, path) => again().misfit(value, path),
})

const membersMisfit = (fields: Fields, value: Members, path: string, known: readonly string[]): Misfit | undefined => {
  const undeclared = Object.keys(value).find((name) => !Object.hasOwn(fields, name) && !known.includes(name))
  if (undeclared !== undefined)
    return {
      path: join(path, undeclared),
      value: value[undeclared],
      says: `no such option; there are ${Object.keys(fields).join(', ') || 'none'}`,
    }
  return firstOf(Object.entries(fields), ([name, form]) => {
    if (Object.hasOwn(value, name)) return form.misfit(value[name], join(path, name))
    return 'optional' in form ? undefined : { path: join(path, name), value: undefined, says: form.says }
  })
}

type Members = { readonly [name: string]: unknown }
const isRecord = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

const firstOf = <T>(all: Iterable<T>, misfit: (each: T) => Misfit | undefined): Misfit | undefined => {
  for (const each of all) {
    const found = misfit(each)
    if (found !== undefined) return found
  }
  return undefined
}
