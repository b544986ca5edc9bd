/** How the sparsity grows: at once, or during training. Points are fractions of the training's horizon, from 0 to 1. */
import { chosen, inRange, optionsOf, problem, ranges, shown } from '../check/checks.ts'
import { type Given, number, type Of, struct, words } from '../check/form.ts'

/** The sparsity at a point of the training: `from` until `begin`, the final one from `end` on; both are fractions of the horizon. */
const ofRamp = {
  /** The sparsity at the start, at most the final one. Default 0. */
  from: number(ranges.sparsity, { standard: 0 }),
  /** Where the ramp starts. Default 0. */
  begin: number(ranges.decay, { standard: 0 }),
  /** Where it ends, after `begin`. Default 0.75. */
  end: number(ranges.share, { standard: 0.75 }),
}
export const sparsitySpec = struct({ kind: words(['cubic', 'linear', 'constant']), ...ofRamp })
export type SparsitySpec = Of<typeof sparsitySpec>

/** When weights are removed. The words appear in error messages. */
export type Pace = 'at once' | 'during training'

/** When weights are removed: all at once, or gradually during training. */
export interface SparsitySchedule<out P extends Pace> {
  readonly kind: 'sparsity'
  /** Absent for one-shot pruning. */
  readonly spec?: SparsitySpec
  readonly [pace]: P
}
declare const pace: unique symbol

export type RampOptions = Given<typeof ofRamp>

// The pace exists in the type only.
const made = <P extends Pace>(spec?: SparsitySpec): SparsitySchedule<P> =>
  Object.freeze({ kind: 'sparsity', ...(spec === undefined ? {} : { spec }) }) as SparsitySchedule<P>

/** All at once, without training: the default of prune(). */
export const oneShot = (): SparsitySchedule<'at once'> => made()

/** s + (s₀ − s)·(1 − x)³ from `begin` to `end` (Zhu & Gupta, 2017, equation 1): fast at first, then slower. */
export const cubic = (options?: RampOptions): SparsitySchedule<'during training'> => ramp('cubic', options)

/** Linear from `begin` to `end`. */
export const linearRamp = (options?: RampOptions): SparsitySchedule<'during training'> => ramp('linear', options)

/** The full sparsity from the first step on; each update of the masks chooses the weights again (soft filter pruning). */
export const throughout = (): SparsitySchedule<'during training'> => made({ kind: 'constant', from: 0, begin: 0, end: 0 })

const ramp = (kind: 'cubic' | 'linear', options: unknown): SparsitySchedule<'during training'> => {
  const verb = `${kind}()`
  const { from, begin, end = ofRamp.end.standard } = optionsOf(verb, options, ['from', 'begin', 'end'])
  const start = chosen(verb, 'begin', begin, ofRamp.begin)
  const last = {
    says: `more than begin (${start}), up to 1`,
    has: (value: number) => value > start && value <= 1,
    hint: 'Leave it out for the default.',
  }
  return made({
    kind,
    from: chosen(verb, 'from', from, ofRamp.from),
    begin: start,
    end: inRange(verb, 'end', end, last),
  })
}

/** The user's option `schedule`; undefined means one-shot pruning. */
export const sparsitySchedule = (verb: string, given: unknown, targets: readonly number[]): SparsitySpec | undefined => {
  if (typeof given !== 'object' || given === null || !('kind' in given) || given.kind !== 'sparsity') {
    throw problem(
      'schedule says how the sparsity grows.',
      { verb, option: 'schedule', value: shown(given) },
      'For example schedule: cubic({ end: 0.75 }).',
    )
  }
  const { spec } = given as SparsitySchedule<Pace>
  const end = Math.min(...targets)
  if (spec === undefined || spec.from <= end) return spec
  throw problem(
    'The sparsity would fall: it starts above where it ends.',
    { verb, option: 'schedule.from', value: shown(spec.from), allowed: `from 0 to ${end}` },
    'Start lower; weights that are gone come back with dense().',
  )
}
