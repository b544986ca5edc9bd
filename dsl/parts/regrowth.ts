/** How many weights are removed, and which grow elsewhere in their layer, at each change of the masks in a sparse training. */
import { chosen, optionsOf, ranges } from '../check/checks.ts'
import { type Given, number, type Of, struct, words } from '../check/form.ts'

const ofRegrowth = {
  /**
   * Which weights grow: `'gradient'`, the removed weights with the largest |∂L/∂w|, on a batch that replaces a training step (RigL; Evci et
   * al., 2020); `'random'`, random removed weights (SET; Mocanu et al., 2018). Default `'gradient'`.
   */
  grow: words(['gradient', 'random'], { standard: 'gradient' }),
  /** The fraction of a layer's weights replaced at first: those with the smallest |w|. From 0 to 1, default 0.3. */
  fraction: number(ranges.share, { standard: 0.3 }),
  /** The fraction at `end`, reached along half a cosine. From 0 to 1, default 0. */
  to: number(ranges.share, { standard: 0 }),
  /** When replacement ends, as a fraction of the horizon. From 0 to 1, default 0.75. */
  end: number(ranges.share, { standard: 0.75 }),
}
export const regrowthSpec = struct(ofRegrowth)
export type RegrowthSpec = Of<typeof regrowthSpec>
/** How many weights are replaced and which grow, in dynamic sparse training. */
export type Regrowth = Given<typeof ofRegrowth>

/** The user's option `regrow`. */
export const regrowthOf = (verb: string, given: unknown): RegrowthSpec => {
  const { grow, ...numbers } = optionsOf(verb, given, ['grow', 'fraction', 'to', 'end'])
  const part = (name: 'fraction' | 'to' | 'end') => chosen(verb, `regrow.${name}`, numbers[name], ofRegrowth[name])
  return { grow: chosen(verb, 'regrow.grow', grow, ofRegrowth.grow), fraction: part('fraction'), to: part('to'), end: part('end') }
}
