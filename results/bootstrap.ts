/** What a small test set is worth: the difference of two arms over test examples drawn again and again from those there are. */
import { Stream } from '../stdlib/random/stream.ts'

const draws = 2_000

/** 1 for each test example that a network has right, in the order of the data set. */
export type Right = Uint8Array

/**
 * The middle 95 % of the difference of accuracies, examples drawn with replacement and the same for both arms (Efron & Tibshirani, 1993, section
 * 13.3); networks stay as they are, so what seeds add is not in it.
 * @param pairs for each seed what both arms have right of the same examples
 */
export function overExamples(pairs: readonly (readonly [of: Right, than: Right])[]): readonly [low: number, high: number] | undefined {
  const count = pairs[0]?.[0].length ?? 0
  if (count === 0 || pairs.some((pair) => pair.some(({ length }) => length !== count))) return undefined
  const difference = Float64Array.from(
    { length: count },
    (_, i) => pairs.reduce((sum, [of, than]) => sum + of[i]! - than[i]!, 0) / pairs.length,
  )
  const means = Float64Array.from({ length: draws }, (_, draw) => {
    const stream = new Stream(0, 'split', draw)
    let sum = 0
    for (let i = 0; i < count; i++) sum += difference[stream.below(count)]!
    return sum / count
  }).sort()
  return [means[Math.floor(0.025 * draws)]!, means[Math.ceil(0.975 * draws) - 1]!]
}
