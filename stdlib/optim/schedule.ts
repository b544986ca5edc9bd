/** The learning rate of a step, as a pure function: nothing to save, nothing to restore. */
import type { ScheduleSpec } from '../../dsl/stage.ts'

export interface Horizon {
  readonly stepsPerEpoch: number
  /** Of the whole training, also when it starts later than 0. */
  readonly epochs: number
}

/** @param step from 0, counted over the horizon */
export function learningRate(spec: ScheduleSpec, step: number, horizon: Horizon): number {
  if (spec.kind !== 'warmup') return rate(spec, step, horizon, 0)
  const warm = Math.round(spec.epochs * horizon.stepsPerEpoch)
  return step < warm ? (peak(spec) * (step + 1)) / warm : rate(spec.schedule, step, horizon, warm)
}

/** @param start the step at which a cosine begins to fall; points of a step schedule are counted from 0 all the same */
function rate(spec: ScheduleSpec, step: number, horizon: Horizon, start: number): number {
  const { stepsPerEpoch, epochs } = horizon
  const steps = stepsPerEpoch * epochs
  switch (spec.kind) {
    case 'constant':
      return spec.lr
    case 'step': {
      const points =
        'epochs' in spec.at ? spec.at.epochs.map((epoch) => epoch * stepsPerEpoch) : spec.at.fractions.map((part) => part * steps)
      return spec.lr * spec.factor ** points.filter((point) => step >= point).length
    }
    case 'cosine':
      return spec.to + ((spec.lr - spec.to) * (1 + Math.cos((Math.PI * (step - start)) / (steps - start)))) / 2
    case 'warmup':
      return learningRate(spec, step, horizon)
  }
}

function peak(spec: ScheduleSpec): number {
  return spec.kind === 'warmup' ? peak(spec.schedule) : spec.lr
}
