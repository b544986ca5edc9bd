import { chosen, inRange, oneOf, optionsOf, problem, ranges, shown, whole } from '../check/checks.ts'
import { kinds, type ReinitOptions } from '../graph/stage-options.ts'
import type { Facts } from './facts.ts'

const verb = 'reinit()'
const { fields } = kinds.reinit.options
/** The distance between the seeds of two draws, so that they do not collide with the seeds of other pipelines. */
const apart = 1_000_000

export interface Reinit {
  readonly options: ReinitOptions
  /** The snapshot that provides the signs. */
  readonly signs?: string
}

/** The argument of reinit(): a seed, or options. */
export const reinitOptions = (given: unknown, { seed: standard, masks, snapshots }: Facts): Reinit => {
  const options = optionsOf(verb, typeof given === 'number' ? { seed: given } : given, [
    'seed',
    'draw',
    'shuffleMask',
    'weights',
    'he',
    'signs',
  ])
  const shuffled = chosen(verb, 'shuffleMask', options.shuffleMask, fields.shuffleMask)
  const weights = chosen(verb, 'weights', options.weights, fields.weights)
  if (shuffled && masks.size === 0) {
    throw problem(
      'There is no mask to shuffle.',
      { verb, option: 'shuffleMask', value: shown(true), allowed: 'false' },
      'Use prune() first.',
    )
  }
  if (weights === 'keep' && !shuffled) {
    const allowed = "'fresh', or 'keep' with shuffleMask: true"
    throw problem(
      'Kept weights under the same mask would be no change.',
      { verb, option: 'weights', value: shown(weights), allowed },
      'Add shuffleMask: true.',
    )
  }
  for (const option of ['he', 'signs'] as const) {
    if (options[option] === undefined || weights === 'fresh') continue
    throw problem(
      "he and signs are for weights that are drawn, and weights: 'keep' draws none.",
      { verb, option, value: shown(options[option]), allowed: "nothing with weights: 'keep'" },
      'Leave out one of the two.',
    )
  }
  const he = options.he === undefined ? undefined : chosen(verb, 'he', options.he, fields.he)
  return {
    options: {
      seed: seedOf(options, standard),
      ...(shuffled ? { shuffleMask: true } : {}),
      ...(weights === 'keep' ? { weights } : {}),
      ...(he === undefined ? {} : { he }),
    },
    ...(options.signs === undefined ? {} : { signs: oneOf(verb, 'signs', options.signs, [...snapshots.keys()]) }),
  }
}

const seedOf = ({ seed, draw }: { readonly seed?: unknown; readonly draw?: unknown }, standard: number): number => {
  if (seed === undefined) return standard + apart * (1 + (draw === undefined ? 0 : inRange(verb, 'draw', draw, draws)))
  if (draw !== undefined) {
    throw problem(
      'seed and draw both choose the random numbers.',
      { verb, option: 'draw', value: shown(draw), allowed: 'nothing with a seed' },
      'Leave out one of the two.',
    )
  }
  return inRange(verb, 'seed', seed, ranges.seed)
}

/** A million times this, plus the largest seed, still fits in 32 bits. */
const draws = whole(0, 1000, 'Leave it out for the first.')
