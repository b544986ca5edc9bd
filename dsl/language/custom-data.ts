/** Custom data: arrays, or a function that returns them, for classification, regression or next-token prediction. */
import { inRange, optionsOf, problem, ranges, shown, whole } from '../check/checks.ts'
import { type FunctionRef, referenceTo, referenceToFunction } from '../check/function-reference.ts'
import type { ImageShape } from '../parts/arch.ts'
import { type Data, dataOf, type Predicted } from '../parts/data.ts'
import { customSpec } from './custom.ts'

interface Splits<S> {
  /** Examples to train on. */
  readonly train: S
  /** Examples to choose by. */
  readonly validation: S
  /** Examples to report, by which nothing is chosen. */
  readonly test: S
}

/** Images and labels of one split. */
export interface CustomSplit {
  /** [examples, height, width, channels], row-major. */
  readonly images: Float32Array
  /** [examples], classes from 0. */
  readonly labels: Int32Array
}

/** The result of the function in `data(classes, …)`. */
export interface CustomData extends Splits<CustomSplit> {
  /** [height, width, channels] of one example. */
  readonly input: ImageShape
}

/** Examples of one split with their regression targets. */
export interface CustomNumbersSplit {
  /** [examples, height, width, channels], row-major. */
  readonly images: Float32Array
  /** [examples, numbers], row-major. */
  readonly targets: Float32Array
}

/** The result of the function in `data({ targets }, …)`. */
export interface CustomNumbers extends Splits<CustomNumbersSplit> {
  /** [height, width, channels] of one example. */
  readonly input: ImageShape
}

/** Sequences of one split. */
export interface CustomTokensSplit {
  /**
   * [sequences, length + 1], row-major, tokens from 0. The network reads the first `length` of a row and predicts the next token at each
   * position.
   */
  readonly tokens: Int32Array
}

/** The result of the function in `data({ vocabulary, length }, …)`. */
export type CustomTokens = Splits<CustomTokensSplit>

/** What `data()` declares: `classes` is the number of classes, of targets, or of tokens. */
export interface CustomForm {
  readonly classes: number
  /** Absent for classification. */
  readonly predicts?: Predicted
  /** Tokens of a sequence. */
  readonly length?: number
}

/** Arrays, or a function (possibly asynchronous) that creates or reads them. */
type Source<D> = D | (() => D | Promise<D>)

interface CustomDataVerb {
  <const C extends number>(classes: C, source: Source<CustomData>): Data<C>
  <const N extends number>(predicted: { readonly targets: N }, source: Source<CustomNumbers>): Data<N>
  <const V extends number>(predicted: { readonly vocabulary: V; readonly length: number }, source: Source<CustomTokens>): Data<V>
}

/**
 * Custom data: arrays, or a function (possibly asynchronous) that creates or reads them. Nothing is normalised. The values are part of the
 * keys of the stages that use them.
 * - `data(10, source)`: classification with 10 classes; labels are 0 to 9;
 * - `data({ targets: 2 }, source)`: regression with two targets per example, trained with the squared error;
 * - `data({ vocabulary: 64, length: 32 }, source)`: next-token prediction on sequences of tokens from 0 to 63.
 */
export const data: CustomDataVerb = <C extends number>(predicted: unknown, source: unknown): Data<C> => {
  const verb = 'data()'
  const form = formOf(verb, predicted)
  const { classes, predicts, length } = form
  const fn = typeof source === 'function' ? referenceToFunction('data', verb, source as () => unknown, '') : arrays(verb, source, form)
  const known = typeof source === 'function' ? undefined : (source as CustomData).input
  return Object.freeze(dataOf(customSpec(fn, { ...form }), classes as C, length === undefined ? known : [length], predicts))
}

/** The maximum length of a sequence, here and in texts. */
export const longestSequence = 65_536

const formOf = (verb: string, predicted: unknown): CustomForm => {
  if (typeof predicted !== 'object' || predicted === null) return { classes: inRange(verb, 'classes', predicted, ranges.count) }
  const { targets, vocabulary, length } = optionsOf(verb, predicted, ['targets', 'vocabulary', 'length'])
  if (targets === undefined) {
    return {
      classes: inRange(verb, 'vocabulary', vocabulary, ranges.classes),
      predicts: 'tokens',
      length: inRange(verb, 'length', length, whole(1, longestSequence, 'For example length: 64.')),
    }
  }
  if (vocabulary === undefined && length === undefined) {
    return { classes: inRange(verb, 'targets', targets, ranges.count), predicts: 'numbers' }
  }
  throw problem(
    'data() predicts numbers (targets), or the next token (vocabulary, length).',
    { verb, option: 'targets', value: shown(targets), allowed: 'nothing with vocabulary or length' },
    'Leave out one of the two.',
  )
}

type Given = { readonly [array in 'images' | 'labels' | 'targets' | 'tokens']?: unknown }

const arrays = (verb: string, given: unknown, form: CustomForm): FunctionRef => {
  const { input, train, validation, test } = Object(given) as { readonly input?: unknown } & Partial<Splits<Given>>
  const size = Array.isArray(input) ? input.reduce((product: number, n: number) => product * n, 1) : Number.NaN
  const splits = Object.entries({ train, validation, test })
  const wrong = splits.find(([, split]) => !areArrays(split ?? {}, form, size))
  if (wrong === undefined) return referenceTo('data', given as object, 'arrays')
  const { classes, predicts, length = 0 } = form
  const allowed =
    predicts === 'tokens'
      ? `tokens: Int32Array of sequences × ${length + 1}`
      : `images: Float32Array of examples × ${shown(input)}, ${predicts === 'numbers' ? `targets: Float32Array of examples × ${classes}` : 'labels: Int32Array of examples'}`
  throw problem(
    `data() takes ${predicts === 'tokens' ? 'sequences of tokens' : `images and ${predicts === 'numbers' ? 'targets' : 'labels'}`} for training, validation and test.`,
    { verb, option: wrong[0], value: shown(wrong[1]), allowed },
    predicts === 'tokens'
      ? 'Check the lengths: each sequence has one token more than is read.'
      : 'Check the lengths, and that input is [height, width, channels].',
  )
}

const areArrays = ({ images, labels, targets, tokens }: Given, { classes, predicts, length = 0 }: CustomForm, size: number): boolean => {
  if (predicts === 'tokens') return tokens instanceof Int32Array && tokens.length % (length + 1) === 0
  if (!(images instanceof Float32Array)) return false
  return predicts === 'numbers'
    ? targets instanceof Float32Array && images.length * classes === targets.length * size
    : labels instanceof Int32Array && images.length === size * labels.length
}
