/** The learning rate of a step, as a pure function: nothing to save, nothing to restore. */
import type { ScheduleSpec } from '../../dsl/stage.ts'

export interface Horizon {
  readonly stepsPerEpoch: number
  /** Of the whole training, also when it starts later than 0. */
  readonly epochs: number
}

/** @param step from 0, counted over the horizon */
export function learningRate(spec: ScheduleSpec, step: number, { stepsPerEpoch, epochs }: Horizon): number {
  const steps = stepsPerEpoch * epochs
  switch (spec.kind) {
    case 'constant':
      return spec.lr
    case 'step': {
      const points =
        'epochs' in spec.at ? spec.at.epochs.map((epoch) => epoch * stepsPerEpoch) : spec.at.fractions.map((fraction) => fraction * steps)
      return spec.lr * spec.factor ** points.filter((point) => step >= point).length
    }
    case 'cosine':
      return spec.to + ((spec.lr - spec.to) * (1 + Math.cos((Math.PI * step) / steps))) / 2
    case 'warmup': {
      // A straight line from 0 to what the schedule gives where the warm-up ends; the schedule's own clock runs from 0.
      const warm = spec.epochs * stepsPerEpoch
      return step < warm
        ? (learningRate(spec.then, warm, { stepsPerEpoch, epochs }) * (step + 1)) / (warm + 1)
        : learningRate(spec.then, step, { stepsPerEpoch, epochs })
    }
  }
}
