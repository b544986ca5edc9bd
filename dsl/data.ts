import type { Spec } from './stage.ts'

/** A data set to be read: a name in the registry with its options. */
export interface Data<out C extends number> {
  readonly kind: 'data'
  readonly spec: Spec
  /** Number of classes; labels are 0 up to `classes` − 1. */
  readonly classes: C
}

/** Describes a built-in data set. */
export const dataOf = <C extends number>(spec: Spec, classes: C): Data<C> => ({ kind: 'data', spec, classes })
