import { inRange, mismatch, oneOf, optionsOf, ranges } from './checks.ts'
import type { Facts } from './facts.ts'
import type { ReinitOptions } from './stage-options.ts'

/** What a user may give to reinit(): a seed, or options. */
export const reinitOptions = (given: unknown, { seed: standard, masks }: Facts): ReinitOptions => {
  const verb = 'reinit()'
  const options = optionsOf(verb, typeof given === 'number' ? { seed: given } : given, ['seed', 'shuffleMask', 'weights', 'he'])
  const shuffled = oneOf(verb, 'shuffleMask', options.shuffleMask ?? false, [true, false])
  const weights = oneOf(verb, 'weights', options.weights ?? 'fresh', ['fresh', 'keep'])
  if (shuffled && masks.size === 0) {
    throw mismatch('There is no mask to shuffle.', verb, 'shuffleMask', true, 'false', 'Use prune() first.')
  }
  if (weights === 'keep' && !shuffled) {
    const allowed = "'fresh', or 'keep' with shuffleMask: true"
    throw mismatch('Kept weights under the same mask would be no change.', verb, 'weights', weights, allowed, 'Add shuffleMask: true.')
  }
  const he = options.he === undefined ? undefined : oneOf(verb, 'he', options.he, ['fanIn', 'fanOut'])
  if (he !== undefined && weights === 'keep') {
    throw mismatch('Kept weights are not drawn.', verb, 'he', he, "nothing with weights: 'keep'", 'Leave out one of the two.')
  }
  return {
    seed: options.seed === undefined ? standard + 1_000_000 : inRange(verb, 'seed', options.seed, ranges.seed),
    ...(shuffled ? { shuffleMask: true } : {}),
    ...(weights === 'keep' ? { weights } : {}),
    ...(he === undefined ? {} : { he }),
  }
}
