/** Texts as sequences of tokens, for next-token prediction. */
import type { Json } from '../../dsl/check/canonical.ts'
import { inRange, oneOf, optionsOf, problem, ranges, shown, whole } from '../../dsl/check/checks.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { longestSequence } from '../../dsl/language/custom-data.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import type { Dataset, Split, SplitName } from './dataset.ts'
import { type DataSource, dataSet } from './source.ts'
import { splitRule } from './splits.ts'

interface SequenceOptions {
  /**
   * Tokens of a sequence, which is one example. Sequences do not overlap, and the remainder at the end of a split is not used. 1 to 65,536.
   */
  readonly length: number
  /** A fraction of the tokens, in (0, 1), or their number: the tokens before the test split. Default 0.1. */
  readonly validation?: number
  /** The same for the test split, the end of the text. Default 0.1. */
  readonly test?: number
}

interface CountedTokens<V extends number> extends SequenceOptions {
  /** Unicode code points, or words separated by whitespace, with each end of line as a token too. Default `'characters'`. */
  readonly tokens?: 'characters' | 'words'
  /**
   * The number of tokens, which are the classes: the `vocabulary` − 1 most frequent ones of the training split are numbered from 1, and all
   * others are 0. 2 or more.
   */
  readonly vocabulary: V
}

interface Bytes extends SequenceOptions {
  readonly tokens: 'bytes'
  readonly vocabulary?: never
}

interface TextPlace {
  /** A UTF-8 text file, or a folder with `train.txt` and optionally `validation.txt` and `test.txt`. */
  readonly from: string
}

/** Options of `text()` for characters or words. */
export type TextOptions<V extends number> = CountedTokens<V> & TextPlace
/** Options of `text()` for bytes. */
export type ByteTextOptions = Bytes & TextPlace
/** Options of `mobyDick()`. */
export type MobyDickOptions<V extends number> = CountedTokens<V>

interface Text {
  <const V extends number>(options: TextOptions<V>): Data<V>
  (options: ByteTextOptions): Data<256>
}

const words = ['length', 'tokens', 'vocabulary', 'validation', 'test'] as const

/**
 * Your own text, for next-token prediction. It starts with the training split, then validation, then test. Networks read [batch, length]
 * and return logits [batch, length, vocabulary].
 */
export const text: Text = <V extends number>(options: unknown): Data<V> => {
  const verb = 'text()'
  const { from = '', ...given } = optionsOf(verb, options, ['from', ...words])
  const { classes, length, form } = sequences(verb, given)
  return dataSet({ name: 'text', options: form, ...placed(verb, from) }, classes as V, [length], 'tokens')
}

/** Chapters 1 to 30 of Herman Melville's Moby-Dick (1851), 263,000 characters, included in Espalier; used like `text()`. */
export const mobyDick = <const V extends number>(options: MobyDickOptions<V>): Data<V> => {
  const verb = 'mobyDick()'
  const { classes, length, form } = sequences(verb, optionsOf(verb, options, words), ['characters', 'words'])
  return dataSet({ name: 'mobyDick', options: form }, classes as V, [length], 'tokens')
}

/** The options in the description of a text. */
export interface Sequences {
  readonly tokens: 'bytes' | 'characters' | 'words'
  readonly vocabulary: number
  readonly length: number
  readonly validation: number
  readonly test: number
}

function sequences(
  verb: string,
  given: { readonly [option in (typeof words)[number]]?: unknown },
  kinds: readonly Sequences['tokens'][] = ['bytes', 'characters', 'words'],
): { readonly classes: number; readonly length: number; readonly form: { readonly [option: string]: Json } } {
  const tokens = oneOf(verb, 'tokens', given.tokens ?? 'characters', kinds)
  if (tokens === 'bytes' && given.vocabulary !== undefined) {
    throw problem(
      'The vocabulary of bytes is always 256.',
      { verb, option: 'vocabulary', value: shown(given.vocabulary), allowed: "nothing with tokens: 'bytes'" },
      'Leave it out.',
    )
  }
  const vocabulary = tokens === 'bytes' ? 256 : inRange(verb, 'vocabulary', given.vocabulary, ranges.classes)
  const length = inRange(verb, 'length', given.length, whole(1, longestSequence, 'For example length: 64.'))
  const { validation, test } = splitRule(verb, given, { validation: 0.1, test: 0.1, by: 'file' })
  return { classes: vocabulary, length, form: { tokens, vocabulary, length, validation: validation!, test: test! } }
}

export const mobyDickSource: DataSource = {
  revision: 1,
  files: () => ['moby-dick.txt'],
  decode: (files, options) => datasetOfTexts({ train: files.get('moby-dick.txt')! }, options as unknown as Sequences), // what sequences() wrote
}

/** The contents of files: UTF-8, or any bytes if the tokens are bytes. Splits without a file take a fraction of the training file. */
export type Texts = { readonly train: Uint8Array } & { readonly [part in SplitName]?: Uint8Array }

/** @throws PipelineProblem for invalid UTF-8, and for a split that is shorter than a sequence and the next token */
export function datasetOfTexts(texts: Texts, asked: Sequences): Dataset {
  const { tokens, vocabulary, length } = asked
  const parts = shared(texts, (content) => tokensOf(content, tokens), asked)
  const numberOf = tokens === 'bytes' ? (token: string | number) => Number(token) : numbering(parts.train, vocabulary)
  const split = (name: SplitName): Split => {
    const numbers = Int32Array.from(parts[name], numberOf)
    const used = Math.floor((numbers.length - 1) / length) * length
    if (used <= 0) throw tooShort(name, numbers.length, length)
    return { images: Float32Array.from(numbers.subarray(0, used)), labels: numbers.slice(1, used + 1) }
  }
  const splits = { train: split('train'), validation: split('validation'), test: split('test') }
  return { input: [length], classes: vocabulary, normalisation: { mean: [], std: [] }, target: { kind: 'tokens' }, splits }
}

type Tokens = Uint8Array | readonly string[]

function shared(
  texts: Texts,
  read: (content: Uint8Array) => Tokens,
  { validation, test }: Sequences,
): { readonly [part in SplitName]: Tokens } {
  const given = read(texts.train)
  const count = (share: number): number => (share < 1 ? Math.round(share * given.length) : share)
  const [forValidation, forTest] = [texts.validation === undefined ? count(validation) : 0, texts.test === undefined ? count(test) : 0]
  const [first, second] = [given.length - forValidation - forTest, given.length - forTest]
  return {
    train: given.slice(0, Math.max(0, first)),
    validation: texts.validation === undefined ? given.slice(Math.max(0, first), Math.max(0, second)) : read(texts.validation),
    test: texts.test === undefined ? given.slice(Math.max(0, second)) : read(texts.test),
  }
}

function tokensOf(content: Uint8Array, tokens: Sequences['tokens']): Tokens {
  if (tokens === 'bytes') return content
  let decoded: string
  try {
    decoded = new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw new PipelineProblem({ title: 'it is not UTF-8.', facts: {}, hint: "Save it as UTF-8, or read its bytes: tokens: 'bytes'." })
  }
  return tokens === 'characters' ? Array.from(decoded) : (decoded.match(/\n|[^\s]+/gu) ?? [])
}

/** Numbers the most frequent tokens from 1, with ties in the order of their code units; 0 for the others. */
function numbering(training: Tokens, vocabulary: number): (token: string | number) => number {
  const counts = new Map<string | number, number>()
  for (const token of training) counts.set(token, (counts.get(token) ?? 0) + 1)
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, vocabulary - 1)
  const numbers = new Map(ranked.map(([token], i) => [token, i + 1]))
  return (token) => numbers.get(token) ?? 0
}

function tooShort(part: SplitName, tokens: number, length: number): PipelineProblem {
  return new PipelineProblem({
    title: `the ${part} part has ${tokens} ${tokens === 1 ? 'token' : 'tokens'}, and a sequence with the token after it takes ${length + 1}.`,
    facts: {},
    hint: 'Give it a longer text, or shorter sequences (length).',
  })
}
