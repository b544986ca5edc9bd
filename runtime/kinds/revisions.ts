/**
 * The revision of each built-in stage kind: raised when what it computes from the same inputs and options changes,
 * so that results of the old meaning are never taken for the new one.
 */
import type { StageKind } from '../../dsl/graph/stage.ts'

export const revisions: { readonly [kind in StageKind]: number } = {
  init: 1,
  train: 2,
  prune: 2,
  rewind: 1,
  reinit: 1,
  interpolate: 1,
  dense: 1,
  shrink: 2, // first weights of the narrower network's own spread
  recalibrate: 1,
  merge: 1,
  distill: 1,
  evaluate: 2,
  custom: 1,
  export: 1,
}
