/** The learning rate of a step, as a pure function: nothing to save, nothing to restore. */
import type { ScheduleSpec } from '../../dsl/graph/stage-options.ts'

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

/** @param start the step at which a cosine or a line begins to fall; points of a step schedule are counted from 0 all the same */
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
      return halfCosine(spec.lr, spec.to, (step - start) / (steps - start))
    case 'linear':
      return spec.lr + ((spec.to - spec.lr) * (step - start)) / (steps - start)
    case 'oneCycle': {
      const top = spec.rise * steps - 1
      const [low, lowest] = [spec.lr / 25, spec.lr / 250_000]
      // A first phase of no more than a step: the top is where it begins.
      return top > 0 && step <= top ? halfCosine(low, spec.lr, step / top) : halfCosine(spec.lr, lowest, (step - top) / (steps - 1 - top))
    }
    case 'warmup':
      return learningRate(spec, step, horizon)
  }
}

/** From one value (`part` 0) to another (1). */
function halfCosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2
}

function peak(spec: ScheduleSpec): number {
  return spec.kind === 'warmup' ? peak(spec.schedule) : spec.lr
}
