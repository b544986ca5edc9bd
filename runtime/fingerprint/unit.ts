/**
 * What is known of one file's content, as plain data: the units in it and how they are reached. Made once per content and kept on disk.
 * A unit is a function or a class, with everything that does not change its meaning taken away.
 */

/** A name a unit uses and does not declare, in the order of first use. */
export interface Free {
  readonly name: string
  /** Where it is declared: imported, at the top of the file, or in a function or block around the unit. */
  readonly from: 'import' | 'module' | 'closure'
  /** `member` of `namespace.member`: the same thing as importing `member` itself. */
  readonly member?: string
  readonly at: number
  /** Of a class: used when the class is made, for what it extends or a static field, and not after. */
  readonly onlyAtDefinition?: boolean
  /** It is assigned inside some function, so its value depends on who ran when. */
  readonly assigned: boolean
  /** Calls of methods that may change their receiver, by the way from the name to it; a computed step is null. */
  readonly changes: readonly { readonly path: readonly (string | null)[]; readonly method: string; readonly at: number }[]
}

export type HiddenState =
  | 'clock'
  | 'random'
  | 'unseeded'
  | 'environment'
  | 'network'
  | 'files'
  | 'machine'
  | 'global'
  | 'text-as-code'
  | 'import'
  | 'place'
  | 'timer'
  | 'memory'
  | 'directory'
  | 'alias'
  | 'unknown'
  | 'this'
  | 'write'

/** Something a unit may not do. */
export interface Refusal {
  readonly rule: HiddenState
  /** What was written: `Math.random`. */
  readonly subject: string
  readonly at: number
}

/** A function or class literal, wherever it stands. */
export interface Literal {
  /** The name it goes by in messages; not part of its meaning. */
  readonly name: string
  readonly start: number
  readonly end: number
  /** Digest of its normalised code; what is free stands in it as numbered slots. */
  readonly code: string
  readonly free: readonly Free[]
  readonly refusals: readonly Refusal[]
  readonly class: boolean
  /** Digest of its text as V8 keeps it. */
  readonly text: string
  /** V8 reports a position from here … */
  readonly from: number
  /** … to here. */
  readonly to: number
  /** The module-level name it is the only value of. */
  readonly declares?: string
  /** Of a class: the methods, getters and setters it is written with. */
  readonly members?: readonly Member[]
  /** Of a class: it has private members. */
  readonly privates?: boolean
}

export interface Member {
  /** Undefined when it is computed. */
  readonly key?: string
  readonly static: boolean
  readonly kind: 'value' | 'get' | 'set'
  /** Its index in `literals`. */
  readonly literal: number
}

/** What a module-level name always stands for: a literal, by its index in `literals`, or a constant (`3`, `'a'`) as it is written in forms. */
export type Declaration = { readonly literal: number; readonly constant?: never } | { readonly constant: string; readonly literal?: never }

export interface Analysis {
  readonly literals: readonly Literal[]
  readonly imports: { readonly [local: string]: { readonly from: string; readonly name: string } }
  readonly exports: {
    readonly [name: string]: { readonly local: string } | { readonly from: string; readonly name: string }
  }
  /** `export * from` these. */
  readonly stars: readonly string[]
  /** By name; absent where it may stand for something else. */
  readonly declarations: { readonly [name: string]: Declaration }
  /** Names at the top of the file that some function assigns to. */
  readonly assigned: readonly string[]
}

export type NotPlain =
  | { readonly kind: 'instance'; readonly of: string }
  | { readonly kind: 'proxy' | 'iterator' | 'stack' | 'deep' | 'huge' | 'unset' }
