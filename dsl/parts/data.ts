import { problem, shown } from '../check/checks.ts'
import { type Of, optional, struct, text } from '../check/form.ts'
import type { ImageShape } from './arch.ts'
import { spec } from './spec.ts'

/** A data set: what it is, and where its files are, a folder or file relative to the working directory, which is no part of any key. */
export const dataSpec = struct({ ...spec.fields, from: optional(text) })
export type DataSpec = Of<typeof dataSpec>

/** A data set to be read: a name in the registry with its options. */
export interface Data<out C extends number> {
  readonly kind: 'data'
  readonly spec: DataSpec
  /** Number of classes; labels are 0 up to `classes` − 1. */
  readonly classes: C
  /** Of one example, where it is known before the data are read: networks are made for it. */
  readonly input?: ImageShape
}

/** Describes a built-in data set. */
export const dataOf = <C extends number>(spec: DataSpec, classes: C, input?: ImageShape): Data<C> => ({
  kind: 'data',
  spec,
  classes,
  ...(input === undefined ? {} : { input }),
})

/** Where a data set's files are, when the user says so. */
export const placed = (verb: string, from: unknown): { readonly from?: string } => {
  if (from === undefined) return {}
  if (typeof from === 'string' && from !== '') return { from }
  throw problem(
    `${verb} needs a path to read from.`,
    { verb, option: 'from', value: shown(from), allowed: 'a path, absolute or relative to the working directory' },
    "For example from: 'data/photos'.",
  )
}
