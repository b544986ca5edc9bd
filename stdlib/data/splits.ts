/** Divides examples into training, validation and test splits if the files do not. */
import type { Json } from '../../dsl/check/canonical.ts'
import { inRange, oneOf, optionsOf, problem, ranges, shown } from '../../dsl/check/checks.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { Stream, shuffled } from '../random/stream.ts'
import type { ByteImages, ByteSplit } from './bytes.ts'
import type { SplitName } from './dataset.ts'

/** How examples are divided into splits. */
export interface SplitOptions {
  /**
   * Examples for validation: a fraction in (0, 1), or a number, 1 or more. `'test'`, if the files contain test examples: no examples are
   * held out, as in papers that trained on all of them, and validation uses the test examples. It then cannot be used for selection:
   * `earlyStop` and `select` are rejected, and no temperature is fitted.
   */
  readonly validation?: number | 'test'
  /**
   * How to choose them: `'file'`: the last in file order; `'class'`: the last of each class, in equal fractions; `'seed'`: at random, in
   * equal fractions of each class.
   */
  readonly by?: 'file' | 'class' | 'seed'
  /** For `by: 'seed'`. Default 0. */
  readonly seed?: number
  /** For `by: 'seed'`: whether every class contributes an equal fraction. Default true. */
  readonly stratified?: boolean
  /** How many of the training examples are used, from the first on. Default: all. */
  readonly train?: number
}

/** For data without a test set. */
export interface TestOptions extends SplitOptions {
  /** Examples for test, as `validation`. */
  readonly test?: number
}

export interface SplitRule {
  readonly validation: number | 'test'
  /** 0 if the files contain test examples. */
  readonly test: number
  readonly by: 'file' | 'class' | 'seed'
  readonly seed?: number
  readonly stratified?: boolean
  readonly train?: number
}

const splitWords = ['validation', 'by', 'seed', 'stratified', 'train'] as const

const share = {
  says: 'a fraction between 0 and 1, or a whole number of examples',
  has: (value: number) => value > 0 && (value < 1 || Number.isInteger(value)),
  hint: 'For example 0.1 or 5000.',
}

/** The options as a rule, with every default filled in. @throws PipelineProblem for values out of range */
export function splitRule(
  verb: string,
  given: { readonly [option in keyof TestOptions]?: unknown },
  standard: Pick<SplitRule, 'validation' | 'by' | 'stratified'> & { readonly test?: number },
): { readonly [option: string]: Json } {
  const by = oneOf(verb, 'by', given.by ?? standard.by, ['file', 'class', 'seed'])
  const unexpected = by === 'seed' ? undefined : (['seed', 'stratified'] as const).find((option) => given[option] !== undefined)
  if (unexpected !== undefined) {
    throw problem(
      `${verb} draws its splits only by seed.`,
      { verb, option: unexpected, value: shown(given[unexpected]), allowed: "nothing, unless by: 'seed'" },
      "Write by: 'seed', or leave it out.",
    )
  }
  const asked = given.validation ?? standard.validation
  return {
    validation: asked === 'test' && standard.test === undefined ? asked : inRange(verb, 'validation', asked, share),
    ...(standard.test === undefined ? {} : { test: inRange(verb, 'test', given.test ?? standard.test, share) }),
    by,
    ...(by === 'seed'
      ? {
          seed: inRange(verb, 'seed', given.seed ?? 0, ranges.seed),
          stratified: oneOf(verb, 'stratified', given.stratified ?? standard.stratified ?? true, [true, false]),
        }
      : {}),
    ...(given.train === undefined ? {} : { train: inRange(verb, 'train', given.train, ranges.count) }),
  }
}

/** The labels of the training files, and of the validation and test files, if any. */
export interface Parts {
  readonly train: ArrayLike<number>
  readonly validation?: ArrayLike<number>
  readonly test?: ArrayLike<number>
}

export interface Parted {
  /** The used examples in order: rows of train, then validation, then test, with consecutive indices. */
  readonly used: Int32Array
  /** Their indices among the used examples. */
  readonly splits: ByteImages['splits']
}

/** Assigns every example to its split. Splits without files take a fraction of the training files. */
export function parted(parts: Parts, rule: SplitRule): Parted {
  const own = { validation: parts.validation?.length ?? 0, test: parts.test?.length ?? 0 }
  const onTest = rule.validation === 'test'
  const shares = sharedOut(parts.train, {
    ...rule,
    validation: parts.validation !== undefined || rule.validation === 'test' ? 0 : rule.validation,
    ...(parts.test === undefined ? {} : { test: 0 }),
  })
  const labels = [parts.train, parts.validation ?? [], parts.test ?? []].flatMap((part) => Array.from(part))
  const after = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i)
  const test = parts.test === undefined ? shares.test : after(parts.train.length + own.validation, own.test)
  const validation = parts.validation === undefined ? shares.validation : after(parts.train.length, own.validation)
  const sources = { train: shares.train, validation: onTest ? test : validation, test }
  const used = Int32Array.from(new Set([...sources.train, ...sources.validation, ...sources.test])).sort()
  const place = new Int32Array(labels.length)
  used.forEach((row, i) => {
    place[row] = i
  })
  const split = (name: SplitName): ByteSplit => {
    if (sources[name].length === 0) throw nothingIn(name, labels.length)
    return { rows: sources[name].map((row) => place[row]!), labels: Int32Array.from(sources[name], (row) => labels[row]!) }
  }
  return { used, splits: { train: split('train'), validation: split('validation'), test: split('test') } }
}

function nothingIn(name: SplitName, examples: number): PipelineProblem {
  return new PipelineProblem({
    title: `the ${name} split has no example.`,
    facts: { 'examples in all': examples },
    hint: 'Give it more examples, or larger shares for validation and test.',
  })
}

export interface Shares {
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
}

/**
 * Divides rows 0 … n − 1 into three splits, each in increasing order. Within a class (or all rows, if unstratified), in file order or at
 * random, the first are for training, then come validation and test.
 * @param labels of all rows
 * @throws PipelineProblem if there are too few rows
 */
export function sharedOut(
  labels: ArrayLike<number>,
  { validation, test, by, seed = 0, stratified = true, train }: SplitRule & { readonly validation: number },
): Shares {
  const groups = by === 'file' || (by === 'seed' && !stratified) ? [Int32Array.from(labels, (_, row) => row)] : byClass(labels)
  const ordered = by === 'seed' ? groups.map((rows, i) => drawn(rows, seed, i)) : groups
  const sizes = groups.map(({ length }) => length)
  const [forValidation, forTest] = [counted(validation, labels.length), counted(test, labels.length)]
  if (forValidation + forTest >= labels.length) throw tooFew(labels.length)
  const validations = apportioned(sizes, forValidation, sizes)
  const left = sizes.map((size, i) => size - validations[i]!)
  const tests = apportioned(sizes, forTest, left)
  const parts = ordered.map((rows, i) => {
    const kept = left[i]! - tests[i]!
    return [rows.subarray(0, kept), rows.subarray(kept, kept + validations[i]!), rows.subarray(kept + validations[i]!)] as const
  })
  const rising = (k: 0 | 1 | 2) => Int32Array.from(parts.flatMap((part) => [...part[k]])).sort()
  const all = rising(0)
  if (train !== undefined && train > all.length) {
    throw new PipelineProblem({
      title: `train asks for ${train} examples, and ${all.length} are for training.`,
      facts: {},
      hint: 'Leave it out for all of them.',
    })
  }
  return { train: all.subarray(0, train ?? all.length), validation: rising(1), test: rising(2) }
}

function byClass(labels: ArrayLike<number>): Int32Array[] {
  const rows: number[][] = []
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    rows[label] ??= []
    rows[label].push(row)
  }
  return rows.filter((list) => list !== undefined).map((list) => Int32Array.from(list))
}

function drawn(rows: Int32Array, seed: number, group: number): Int32Array {
  return shuffled(new Stream(seed, 'split', group), rows.length).map((place) => rows[place]!)
}

const counted = (asked: number, examples: number): number => (asked < 1 ? Math.round(asked * examples) : asked)

/**
 * Distributes `total` over groups in proportion to their sizes: whole parts first, then one more to the largest remainders, with ties to
 * the first. No group gets more than its capacity; the total capacity is sufficient.
 */
function apportioned(sizes: readonly number[], total: number, room: readonly number[]): readonly number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const exact = sizes.map((size) => (size * total) / all)
  const parts = exact.map(Math.floor)
  const order = exact.map((part, i) => [part - parts[i]!, i] as const).sort(([a, i], [b, j]) => b - a || i - j)
  for (let left = total - parts.reduce((sum, part) => sum + part, 0); left > 0; ) {
    for (const [, i] of order) {
      if (left === 0 || parts[i]! >= room[i]!) continue
      parts[i]!++
      left--
    }
  }
  return parts
}

function tooFew(examples: number): PipelineProblem {
  return new PipelineProblem({
    title: 'the shares for validation and test leave nothing to train on.',
    facts: { 'examples to share out': examples },
    hint: 'Ask for fewer.',
  })
}

/** The split options of a verb. */
export const withSplits = <const N extends string>(verb: string, options: unknown, own: readonly N[]) =>
  optionsOf(verb, options, [...own, ...splitWords])
