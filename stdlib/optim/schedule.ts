/** The learning rate of a step, as a pure function: nothing to save, nothing to restore. */
import { peak, type ScheduleSpec } from '../../dsl/parts/schedule.ts'
import { entryOf, type Registry } from '../registry.ts'

export interface Horizon {
  readonly stepsPerEpoch: number
  /** For the whole training, also if it starts later than 0. */
  readonly epochs: number
}

interface Schedule<S extends ScheduleSpec = ScheduleSpec> {
  /** @param start the step at which a cosine or linear decay starts; points of a step schedule still count from 0 */
  rate(spec: S, step: number, horizon: Horizon, start: number): number
  /** Why a step's rate depends on the end of the training, in words; undefined if it does not. */
  boundToEnd(spec: S): string | undefined
}

const schedules: Registry<Schedule> = {
  constant: { rate: ({ lr }) => lr, boundToEnd: () => undefined },
  step: {
    rate({ lr, factor, at }, step, horizon) {
      const points =
        'epochs' in at ? at.epochs.map((epoch) => epoch * horizon.stepsPerEpoch) : at.fractions.map((part) => part * stepsOf(horizon))
      return lr * factor ** points.filter((point) => step >= point).length
    },
    boundToEnd: ({ at }) => ('epochs' in at ? undefined : 'its learning rate drops at fractions of the training'),
  },
  cosine: {
    rate: ({ lr, to }, step, horizon, start) => halfCosine(lr, to, (step - start) / (stepsOf(horizon) - start)),
    boundToEnd: () => 'its learning rate falls along a cosine to the end of the training',
  },
  linear: {
    rate: ({ lr, to }, step, horizon, start) => lr + ((to - lr) * (step - start)) / (stepsOf(horizon) - start),
    boundToEnd: () => 'its learning rate falls in a line to the end of the training',
  },
  oneCycle: {
    rate({ lr, rise }, step, horizon) {
      const steps = stepsOf(horizon)
      const top = rise * steps - 1
      const [low, lowest] = [lr / 25, lr / 250_000]
      // If the first phase is at most one step, the schedule starts at the peak.
      return top > 0 && step <= top ? halfCosine(low, lr, step / top) : halfCosine(lr, lowest, (step - top) / (steps - 1 - top))
    },
    boundToEnd: () => 'its learning rate goes through one cycle over the whole training',
  },
  warmup: {
    rate({ epochs, schedule }, step, horizon) {
      const warm = Math.round(epochs * horizon.stepsPerEpoch)
      return step < warm ? (peak(schedule) * (step + 1)) / warm : scheduleOf(schedule).rate(schedule, step, horizon, warm)
    },
    boundToEnd: ({ schedule }) => boundToEnd(schedule),
  },
} satisfies { readonly [K in ScheduleSpec['kind']]: Schedule<Extract<ScheduleSpec, { kind: K }>> }

const scheduleOf = ({ kind }: ScheduleSpec): Schedule => entryOf('learning-rate schedule', schedules, kind)

/** @param step from 0, counted over the horizon */
export const learningRate = (spec: ScheduleSpec, step: number, horizon: Horizon): number => scheduleOf(spec).rate(spec, step, horizon, 0)

/** Why a step's rate depends on the end of the training, in words; undefined if it does not. */
export const boundToEnd = (spec: ScheduleSpec): string | undefined => scheduleOf(spec).boundToEnd(spec)

const stepsOf = ({ stepsPerEpoch, epochs }: Horizon): number => stepsPerEpoch * epochs

/** From one value (`part` 0) to another (1). */
function halfCosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2
}
