/**
 * MNIST-1D (Greydanus & Kobak, 2020, "Scaling down deep learning with MNIST-1D"): ten shapes of twelve points stand for the digits; each
 * example is one of them padded, stretched, scaled and moved, with smooth noise in the padding and white noise everywhere, then sheared and
 * sampled at 40 points. The data are computed: example i depends on (seed, i) only.
 *
 * Shapes, constants and order are those of the authors' generator. That generator draws the whole set in sequence, splits it 4,000 to 1,000
 * after shuffling and normalises over all of it. Here the classes alternate, validation is a separate split, and normalisation uses the
 * training split only.
 */
import { inRange, optionsOf, orMore, ranges } from '../../dsl/check/checks.ts'
import type { Data } from '../../dsl/parts/data.ts'
import { Stream } from '../random/stream.ts'
import { normalised, type Split } from './dataset.ts'
import { type DataSource, dataSet } from './source.ts'

const classes = 10
/** Points of an example. */
const points = 40

/** The shapes, the paper's figure 2, as heights at twelve points; normalised below. */
const shapes: readonly (readonly number[])[] = [
  [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
  [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
  [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
  [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
  [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
  [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
  [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
  [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
]
/** Padding after a shape, from 36 to 60 points; then it is stretched to 72 points. */
const padding = [36, 60] as const
const stretched = 12 + padding[1]
const scaling = 0.4
const furthest = 48
const smoothNoise = 0.25
const whiteNoise = 0.02
const shear = 0.75

export interface Mnist1dOptions {
  /** Examples of the training split, 10 or more. Default 3,600. Validation has 400, test 1,000. */
  readonly train?: number
  /** Determines every example. Default 42. */
  readonly seed?: number
}

const splitSizes = { validation: 400, test: 1_000 } as const
const standard = { train: 3_600, seed: 42 } as const

/** Input [40, 1, 1]. The classes alternate, so every split is balanced. Normalised by mean and standard deviation of the training split. */
export const mnist1d = (options?: Mnist1dOptions): Data<10> => {
  const verb = 'mnist1d()'
  const given = optionsOf(verb, options, ['train', 'seed'])
  const train = inRange(verb, 'train', given.train ?? standard.train, orMore(10, 'Leave it out for 3,600.', 1e7))
  const seed = inRange(verb, 'seed', given.seed ?? standard.seed, ranges.seed)
  return dataSet({ name: 'mnist1d', options: { train, seed } }, classes, [points, 1, 1])
}

export const mnist1dSource: DataSource = {
  revision: 1,
  files: () => [],
  decode: (_, options) => {
    const { train, seed } = options as { readonly train: number; readonly seed: number } // what mnist1d() wrote
    // Validation and test first, so that the size of the training split does not change them.
    const validation = drawn(seed, 0, splitSizes.validation)
    const test = drawn(seed, splitSizes.validation, splitSizes.test)
    const training = drawn(seed, splitSizes.validation + splitSizes.test, train)
    return normalised({ input: [points, 1, 1], classes, splits: { train: training, validation, test } })
  },
}

function drawn(seed: number, from: number, count: number): Split {
  const labels = Int32Array.from({ length: count }, (_, i) => (from + i) % classes)
  const images = new Float32Array(count * points)
  for (let i = 0; i < count; i++) images.set(example(labels[i]!, new Stream(seed, 'data', from + i)), i * points)
  return { images, labels }
}

function example(label: number, random: Stream): readonly number[] {
  const empty = padding[0] + random.below(padding[1] - padding[0] + 1)
  // Slightly above zero, so that zeros of the shape are not taken for padding.
  const padded = [...templates[label]!.map((height) => height + 1e-8), ...new Array<number>(empty).fill(0)]
  const scale = 1 + scaling * (random.uniform() - 0.5)
  const wide = resampled(padded, stretched).map((height) => height * scale)
  const moved = rotated(wide, random.below(furthest))
  const noise = smoothed(normals(random, stretched).map((value) => value * smoothNoise))
  const white = normals(random, stretched)
  const slope = shear * (random.uniform() - 0.5)
  const noisy = moved.map((height, i) => (height === 0 ? noise[i]! : height) + whiteNoise * white[i]! - slope * (i / (stretched - 1) - 0.5))
  return resampled(noisy, points)
}

/** Mean 0 and standard deviation 1, then shifted to start at 0, and divided by six. */
const templates = shapes.map((heights) => {
  const mean = heights.reduce((sum, height) => sum + height, 0) / heights.length
  const std = Math.sqrt(heights.reduce((sum, height) => sum + (height - mean) ** 2, 0) / heights.length)
  return heights.map((height) => (height - heights[0]!) / std / 6)
})

/** At `count` equally spaced points, linearly interpolated. */
function resampled(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const at = (i * (values.length - 1)) / (count - 1)
    const left = Math.min(Math.floor(at), values.length - 2)
    return values[left]! + (at - left) * (values[left + 1]! - values[left]!)
  })
}

/** Shifted right by `by`, with wrap-around. */
function rotated(values: readonly number[], by: number): number[] {
  return by === 0 ? [...values] : [...values.slice(-by), ...values.slice(0, -by)]
}

function normals(random: Stream, count: number): number[] {
  return Array.from({ length: count / 2 }, () => random.normals()).flat()
}

const reach = 8
const bell = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / 8))
const area = bell.reduce((sum, weight) => sum + weight, 0)

/** By a Gaussian with standard deviation 2, truncated at 8, mirrored at the ends. */
function smoothed(values: readonly number[]): number[] {
  const at = (i: number) => values[i < 0 ? -i - 1 : i >= values.length ? 2 * values.length - 1 - i : i]!
  return values.map((_, i) => bell.reduce((sum, weight, k) => sum + weight * at(i + k - reach), 0) / area)
}
