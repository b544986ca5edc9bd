/**
 * The analysis of one file's content as plain data: its units and how they are reached. Computed once per content and cached on disk.
 * A unit is a function or a class without anything that does not affect its meaning.
 */

/** A name that a unit uses but does not declare, in order of first use. */
export interface Free {
  readonly name: string
  /** Where it is declared: imported, at the top of the file, or in a function or block around the unit. */
  readonly from: 'import' | 'module' | 'closure'
  /** `member` of `namespace.member`, which is equivalent to importing `member`. */
  readonly member?: string
  readonly at: number
  /** For a class: used only at its definition, in `extends` or a static field. */
  readonly onlyAtDefinition?: boolean
  /** It is assigned inside some function, so its value depends on the order of calls. */
  readonly assigned: boolean
  /** Calls to methods that may modify their receiver, by the path from the name to the receiver; a computed step is null. */
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

/** A forbidden operation in a unit. */
export interface Refusal {
  readonly rule: HiddenState
  /** The source text: `Math.random`. */
  readonly subject: string
  readonly at: number
}

/** A function or class literal at any position. */
export interface Literal {
  /** Its name in messages; not part of its meaning. */
  readonly name: string
  readonly start: number
  readonly end: number
  /** Digest of its normalised code, with free names as numbered slots. */
  readonly code: string
  readonly free: readonly Free[]
  readonly refusals: readonly Refusal[]
  readonly class: boolean
  /** Digest of its text in V8. */
  readonly text: string
  /** V8 reports a position from here … */
  readonly from: number
  /** … to here. */
  readonly to: number
  /** The module-level name that always has this value. */
  readonly declares?: string
  /** For a class: its original methods, getters and setters. */
  readonly members?: readonly Member[]
  /** For a class: it has private members. */
  readonly privates?: boolean
}

export interface Member {
  /** Undefined if it is computed. */
  readonly key?: string
  readonly static: boolean
  readonly kind: 'value' | 'get' | 'set'
  /** Its index in `literals`. */
  readonly literal: number
}

/** The constant value of a module-level name: a literal, by its index in `literals`, or a constant (`3`, `'a'`) in its form. */
export type Declaration = { readonly literal: number; readonly constant?: never } | { readonly constant: string; readonly literal?: never }

export interface Analysis {
  readonly literals: readonly Literal[]
  readonly imports: { readonly [local: string]: { readonly from: string; readonly name: string } }
  readonly exports: {
    readonly [name: string]: { readonly local: string } | { readonly from: string; readonly name: string }
  }
  /** `export * from` these. */
  readonly stars: readonly string[]
  /** By name; absent if it may have another value. */
  readonly declarations: { readonly [name: string]: Declaration }
  /** Module-level names that some function assigns to. */
  readonly assigned: readonly string[]
}

export type NotPlain =
  | { readonly kind: 'instance'; readonly of: string }
  | { readonly kind: 'proxy' | 'iterator' | 'stack' | 'deep' | 'huge' | 'unset' }
