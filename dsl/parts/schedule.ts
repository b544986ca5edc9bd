/** Learning rates as pure functions of the step. Steps are counted over the horizon: all epochs of the training, from 0. */
import { allChosen, chosen, inRange, oneOf, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import { either, type Form, type Given, lazy, list, number, struct, type VariantsOf, variants } from '../check/form.ts'

/** The peak. */
const lr = number(ranges.learningRate)
/** The rate at the end of the horizon, up to `lr`. */
const to = number(ranges.notNegative, { standard: 0 })
const drops = {
  /** The factor at each point. More than 0, up to 1, default 0.1. */
  factor: number(ranges.factor, { standard: 0.1 }),
  /** After these epochs, or at these fractions of the horizon in (0, 1), in increasing order. Default `{ fractions: [0.5, 0.75] }`. */
  at: either(struct({ epochs: list(number(ranges.positive)) }), struct({ fractions: list(number(ranges.part)) }), {
    standard: { fractions: [0.5, 0.75] },
  }),
}
/** Learning rate as a pure function of the step. Fractions are of the horizon, from 0 to 1. */
const simple = {
  constant: { lr },
  step: { lr, ...drops },
  cosine: { lr, to },
  linear: { lr, to },
  /** Up from lr/25 over `rise` of the horizon, then down to lr/250,000, both as half a cosine (Smith & Topin, 2019, as in PyTorch). */
  oneCycle: { lr, rise: number(ranges.part, { standard: 0.3 }) },
}
/** Epochs of warm-up. */
const warmUp = number(ranges.positive)
export type ScheduleSpec = VariantsOf<typeof simple> | { readonly kind: 'warmup'; readonly epochs: number; readonly schedule: ScheduleSpec }
export const scheduleSpec: Form<ScheduleSpec> = variants({ ...simple, warmup: { epochs: warmUp, schedule: lazy(() => scheduleSpec) } })

/** A learning rate over the course of a training. */
export interface Schedule {
  readonly kind: 'schedule'
  readonly spec: ScheduleSpec
}

const schedule = (spec: ScheduleSpec): Schedule => Object.freeze({ kind: 'schedule', spec })
const rate = (verb: string, given: unknown): number => chosen(verb, 'lr', given, lr)

/** The same learning rate at every step. A bare number means this. @param lr more than 0 */
export const constant = (lr: number): Schedule => schedule({ kind: 'constant', lr: rate('constant()', lr) })

export type StepOptions = Given<typeof drops>

/** Drops by a factor at chosen points. */
export const step = (lr: number, options?: StepOptions): Schedule => {
  const verb = 'step()'
  const { factor, at = drops.at.standard } = optionsOf(verb, options, ['factor', 'at']) as StepOptions
  const kind = 'epochs' in at ? 'epochs' : 'fractions'
  const points = 'epochs' in at ? at.epochs : at.fractions
  const limit = kind === 'epochs' ? Infinity : 1
  const rising = Array.isArray(points) && points.every((point, i) => point > (i === 0 ? 0 : (points[i - 1] ?? 0)) && point < limit)
  if (!rising) {
    throw problem(
      'step() needs its points in rising order.',
      {
        verb,
        option: `at.${kind}`,
        value: shown(points),
        allowed: kind === 'epochs' ? 'epochs, more than 0 and rising' : 'fractions of the horizon, between 0 and 1 and rising',
      },
      'For example at: { epochs: [10, 15] } or at: { fractions: [0.5, 0.75] }.',
    )
  }
  const shrink = chosen(verb, 'factor', factor, drops.factor)
  const places = [...points]
  return schedule({ kind: 'step', lr: rate(verb, lr), factor: shrink, at: kind === 'epochs' ? { epochs: places } : { fractions: places } })
}

/** Decays along half a cosine from `lr` at the first step to `to` (0 up to `lr`, default 0) at the end of the horizon. */
export const cosine = (lr: number, options?: { readonly to?: number }): Schedule => falling('cosine', lr, options)

/** Decays linearly from `lr` to `to`. */
export const linearRate = (lr: number, options?: { readonly to?: number }): Schedule => falling('linear', lr, options)

const falling = (kind: 'cosine' | 'linear', lr: number, options: unknown): Schedule => {
  const verb = `${kind}()`
  const { to: last = to.standard } = optionsOf(verb, options, ['to'])
  const peak = rate(verb, lr)
  const end = { says: `from 0 to lr (${peak})`, has: (value: number) => value >= 0 && value <= peak, hint: 'Leave it out to end at 0.' }
  return schedule({ kind, lr: peak, to: inRange(verb, 'to', last, end) })
}

/**
 * One cycle (Smith & Topin, 2019, with PyTorch's constants): up from lr/25 to `lr` over `rise` of the horizon (in (0, 1), default 0.3),
 * then down to lr/250,000, both along half a cosine.
 */
export const oneCycle = (lr: number, options?: { readonly rise?: number }): Schedule => {
  const verb = 'oneCycle()'
  return schedule({ kind: 'oneCycle', lr: rate(verb, lr), ...allChosen(verb, options, { rise: simple.oneCycle.rise }) })
}

/**
 * Warms up linearly to the peak of a schedule over the first epochs (more than 0, may be a fraction), then follows the schedule: a cosine
 * decays over the rest of the horizon, a step schedule keeps its points.
 */
export const warmup = (epochs: number, to: number | Schedule): Schedule =>
  schedule({ kind: 'warmup', epochs: chosen('warmup()', 'epochs', epochs, warmUp), schedule: scheduleOf('warmup()', to) })

/** A number is a constant rate. */
export const scheduleOf = (verb: string, lr: unknown): ScheduleSpec => {
  plain(verb, lr)
  if (typeof lr === 'object' && lr !== null && 'kind' in lr && lr.kind === 'schedule') return (lr as Schedule).spec
  return { kind: 'constant', lr: rate(verb, lr) }
}

/**
 * A multiple of the task's peak rate: constant, or with `schedule: 'same'` along the task's schedule. Methods use it because they do not
 * know the rate.
 */
export interface Times {
  /** More than 0. */
  readonly times: number
  /** `'same'`: along the task's schedule. Default `'constant'`. */
  readonly schedule?: 'constant' | 'same'
}

/** The learning rates that a training accepts, other than the task's. */
export const rateOf = (verb: string, lr: unknown, task: ScheduleSpec): ScheduleSpec => {
  if (typeof lr !== 'object' || lr === null || !('times' in lr)) return scheduleOf(verb, lr)
  const given = optionsOf(verb, lr, ['times', 'schedule'])
  const times = inRange(verb, 'lr.times', given.times, ranges.positive)
  const as = oneOf(verb, 'lr.schedule', given.schedule ?? 'constant', ['constant', 'same'])
  return as === 'same' ? scaled(task, times) : { kind: 'constant', lr: rounded(peak(task) * times) }
}

const scaled = (spec: ScheduleSpec, times: number): ScheduleSpec => {
  if (spec.kind === 'warmup') return { ...spec, schedule: scaled(spec.schedule, times) }
  const lr = rounded(spec.lr * times)
  return spec.kind === 'cosine' || spec.kind === 'linear' ? { ...spec, lr, to: rounded(spec.to * times) } : { ...spec, lr }
}

/** 0.1 · 0.05 is 0.005, not 0.005000000000000001: equal rates have equal keys, however they were written. */
const rounded = (rate: number): number => Number(rate.toPrecision(15))

/** The highest rate a schedule reaches. */
export const peak = (spec: ScheduleSpec): number => (spec.kind === 'warmup' ? peak(spec.schedule) : spec.lr)
