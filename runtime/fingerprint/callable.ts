/** A function or a class. */
export type Callable = ((...given: never) => unknown) | (abstract new (...given: never) => unknown)

export function isCallable(value: unknown): value is Callable {
  return typeof value === 'function'
}

/** A function created by `bind`. */
export interface Bound {
  readonly target: unknown
  readonly self: unknown
  readonly given: unknown
}
