import { problem, shown } from '../check/checks.ts'
import { type Of, optional, struct, text } from '../check/form.ts'
import type { InputShape } from './arch.ts'
import { spec } from './spec.ts'

/** A data set, and the location of its files: a folder or file relative to the working directory, which is not part of any key. */
export const dataSpec = struct({ ...spec.fields, from: optional(text) })
export type DataSpec = Of<typeof dataSpec>

/** A description of a data set: a name in the registry with its options. */
export interface Data<out C extends number> {
  readonly kind: 'data'
  readonly spec: DataSpec
  /** The number of classes, with labels from 0 to `classes` − 1; the vocabulary size; or the number of regression targets. */
  readonly classes: C
  /** The shape of one example, if it is known before the data are read. Networks are built for it. */
  readonly input?: InputShape
  /** What to predict if not a class: the next token of a text, or numbers. */
  readonly predicts?: Predicted
}

/** What networks can predict other than classes. */
export type Predicted = 'tokens' | 'numbers'

/** Describes a built-in data set. */
export const dataOf = <C extends number>(spec: DataSpec, classes: C, input?: InputShape, predicts?: Predicted): Data<C> => ({
  kind: 'data',
  spec,
  classes,
  ...(input === undefined ? {} : { input }),
  ...(predicts === undefined ? {} : { predicts }),
})

/** The location of a data set's files, if given. */
export const placed = (verb: string, from: unknown): { readonly from?: string } => {
  if (from === undefined) return {}
  if (typeof from === 'string' && from !== '') return { from }
  throw problem(
    `${verb} needs a path to read from.`,
    { verb, option: 'from', value: shown(from), allowed: 'a path, absolute or relative to the working directory' },
    "For example from: 'data/photos'.",
  )
}
