/** Points inside a training: where weights are kept, and where a rewound one goes on. All are counted over the horizon. */
import type { Position } from '../../dsl/graph/expr.ts'
import type { StageRef } from '../../dsl/graph/stage.ts'
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { DataFacts } from '../data/facts.ts'

/** What a kept snapshot is called in a result: `2` for the end of an epoch, `step 500`. */
export const snapshotName = (at: Position): string => ('epoch' in at ? String(at.epoch) : `step ${at.step}`)

/** The point a reference stands for; undefined for a stage's own output. */
export function positionOf({ epoch, step }: StageRef): Position | undefined {
  if (epoch !== undefined) return { epoch }
  return step === undefined ? undefined : { step }
}

/** Steps done at a point. */
export const stepAt = (at: Position, stepsPerEpoch: number): number => ('epoch' in at ? at.epoch * stepsPerEpoch : at.step)

/** Steps done before a training begins. */
export const startOf = ({ from, fromStep }: Pick<TrainOptions, 'from' | 'fromStep'>, stepsPerEpoch: number): number =>
  fromStep ?? from * stepsPerEpoch

/** The last partial batch of an epoch is dropped. */
export const stepsPerEpochOf = ({ batch }: Pick<TrainOptions, 'batch'>, { trainExamples }: DataFacts): number =>
  Math.floor(trainExamples / batch)

/** For people: `epoch 2`, `epochs 1, 2`, `step 500`, `epoch 1, step 500`. */
export function saidPositions(list: readonly Position[]): string {
  const kinds = new Set(list.map((at) => ('epoch' in at ? 'epoch' : 'step')))
  if (kinds.size > 1) return list.map((at) => ('epoch' in at ? `epoch ${at.epoch}` : `step ${at.step}`)).join(', ')
  return `${[...kinds][0]}${list.length === 1 ? '' : 's'} ${list.map((at) => ('epoch' in at ? at.epoch : at.step)).join(', ')}`
}
