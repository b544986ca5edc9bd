/** Points inside a training: where weights are kept, where a rewound one goes on. All are counted over the horizon. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Position } from '../../dsl/graph/expr.ts'
import type { StageRef } from '../../dsl/graph/stage.ts'
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { DataFacts } from '../data/facts.ts'

/** A point of a training, between two steps. Points of trainings whose epochs have other lengths do not compare. */
export class Step {
  /** Steps of the horizon done. */
  readonly steps: number
  /** Steps of an epoch. */
  readonly perEpoch: number

  constructor(steps: number, perEpoch: number) {
    this.steps = steps
    this.perEpoch = perEpoch
  }

  static of(at: Position, perEpoch: number): Step {
    return new Step('epoch' in at ? at.epoch * perEpoch : at.step, perEpoch)
  }

  /** Where a training begins: a rewound one goes on inside the horizon. */
  static startOf({ from, fromStep }: Pick<TrainOptions, 'from' | 'fromStep'>, perEpoch: number): Step {
    return Step.of(fromStep === undefined ? { epoch: from } : { step: fromStep }, perEpoch)
  }

  static endOf({ epochs }: Pick<TrainOptions, 'epochs'>, perEpoch: number): Step {
    return Step.of({ epoch: epochs }, perEpoch)
  }

  /** Whole epochs done: the number, from 0, of the one that the next step is in. */
  get epoch(): number {
    return Math.floor(this.steps / this.perEpoch)
  }

  /** Steps that a training which began at `start`, perhaps in the middle of an epoch, has done of the one that its last step was in. */
  inEpoch(start: Step): number {
    return Math.min(this.since(start), ((this.steps - 1) % this.perEpoch) + 1)
  }

  get endsEpoch(): boolean {
    return this.isMultipleOf(this.perEpoch)
  }

  isMultipleOf(steps: number): boolean {
    return this.steps % steps === 0
  }

  plus(steps: number): Step {
    return new Step(this.steps + steps, this.perEpoch)
  }

  /** Steps from another point to this one. @throws PipelineProblem when it is of a training with epochs of another length */
  since(other: Step): number {
    this.#compare(other)
    return this.steps - other.steps
  }

  /** @throws PipelineProblem as `since` */
  isBefore(other: Step): boolean {
    return this.since(other) < 0
  }

  /** Where schedules are at this point, from 0 to 1. @throws PipelineProblem as `since` */
  partOf(end: Step): number {
    this.#compare(end)
    return this.steps / end.steps
  }

  #compare({ perEpoch }: Step): void {
    if (perEpoch === this.perEpoch) return
    throw new PipelineProblem({
      title: 'Two points are of trainings whose epochs have different lengths.',
      facts: { 'steps of an epoch': `${this.perEpoch} and ${perEpoch}` },
      hint: 'Compare points of trainings on the same data with the same batch size.',
    })
  }
}

/** What a kept snapshot is called in a result: `2` for the end of an epoch, `step 500`. */
export const snapshotName = (at: Position): string => ('epoch' in at ? String(at.epoch) : `step ${at.step}`)

/** The point a reference stands for; undefined for a stage's own output. */
export function positionOf({ epoch, step }: StageRef): Position | undefined {
  if (epoch !== undefined) return { epoch }
  return step === undefined ? undefined : { step }
}

/** The last partial batch of an epoch is dropped. */
export const stepsPerEpochOf = ({ batch }: Pick<TrainOptions, 'batch'>, { trainExamples }: Pick<DataFacts, 'trainExamples'>): number =>
  Math.floor(trainExamples / batch)

/** For people: `epoch 2`, `epochs 1, 2`, `step 500`, `epoch 1, step 500`. */
export function saidPositions(list: readonly Position[]): string {
  const kinds = new Set(list.map((at) => ('epoch' in at ? 'epoch' : 'step')))
  if (kinds.size > 1) return list.map((at) => ('epoch' in at ? `epoch ${at.epoch}` : `step ${at.step}`)).join(', ')
  return `${[...kinds][0]}${list.length === 1 ? '' : 's'} ${list.map((at) => ('epoch' in at ? at.epoch : at.step)).join(', ')}`
}
