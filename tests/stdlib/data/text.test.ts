import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeDataset, encodeDataset, type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { datasetOfTexts, mobyDickSource, type Sequences } from '../../../stdlib/data/text.ts'
import { mobyDick, text } from '../../../stdlib/index.ts'

const bytes = (content: string) => new TextEncoder().encode(content)
const form: Sequences = { tokens: 'characters', vocabulary: 4, length: 2, validation: 3, test: 3 }
const made = (train: string, asked: Partial<Sequences> = {}, more: { readonly [part in SplitName]?: string } = {}) =>
  datasetOfTexts(
    { train: bytes(train), ...Object.fromEntries(Object.entries(more).map(([part, content]) => [part, bytes(content)])) },
    { ...form, ...asked },
  )
const numbers = ({ splits }: ReturnType<typeof made>, split: SplitName) => [[...splits[split].images], [...splits[split].labels]]

describe('characters', () => {
  // Training: abaca b; c and the space come once, and the space has the smaller code.
  const dataset = made('abaca bbcdacb')

  test('are numbered by how often they come in training; all others are 0', () => {
    // a 3, b 2, then ' ' before c: a = 1, b = 2, ' ' = 3, c and d = 0.
    expect(numbers(dataset, 'train')).toEqual([
      [1, 2, 1, 0, 1, 3],
      [2, 1, 0, 1, 3, 2],
    ])
  })

  test('are sequences whose labels are the tokens after each; parts follow each other along the text', () => {
    expect(numbers(dataset, 'validation')).toEqual([
      [2, 0],
      [0, 0],
    ])
    expect(numbers(dataset, 'test')).toEqual([
      [1, 0],
      [0, 2],
    ])
    expect(dataset).toMatchObject({ input: [2], classes: 4, target: { kind: 'tokens' } })
  })

  test('are code points, whatever they take', () => {
    expect(made('🍐🍐é🍐🍐🍐🍐abcabc').splits.train.labels.length).toBe(6)
  })
})

test('words are what whitespace separates, and the ends of lines', () => {
  const dataset = made('the cat\n the\tdog the cat ran on', { tokens: 'words', vocabulary: 3, validation: 0.3, test: 0.3 })
  // the cat \n the | dog the cat | ran on: with 9 tokens 3 and 3 are for the others, so 3 are for training.
  expect(numbers(dataset, 'train')).toEqual([
    [0, 2],
    [2, 1],
  ])
})

test('bytes are their own numbers', () => {
  const dataset = made('é!!!!!!!!', { tokens: 'bytes', vocabulary: 256 })
  expect(numbers(dataset, 'train')[0]).toEqual([0xc3, 0xa9])
})

test('parts in files of their own are read with the numbers of training', () => {
  const dataset = made('aab', {}, { validation: 'bab', test: 'cab' })
  expect(splitNames.map((split) => numbers(dataset, split)[0])).toEqual([
    [1, 1],
    [2, 1],
    [0, 1],
  ])
})

test('what a text became is the same again from its file', () => {
  const dataset = made('abaca bbcdacb')
  expect(decodeDataset(encodeDataset(dataset))).toEqual(dataset)
})

describe('refused', () => {
  test('a part that is shorter than a sequence with the token after it', () => {
    expect(() => made('abcdefgh', { test: 2 })).toThrow('the test part has 2 tokens, and a sequence with the token after it takes 3.')
    expect(() => made('ab', { validation: 0.5, test: 0.5 })).toThrow('the train part has 0 tokens')
  })

  test('what is not UTF-8', () => {
    expect(() => datasetOfTexts({ train: Uint8Array.of(0x61, 0xff, 0x61) }, form)).toThrow('it is not UTF-8.')
  })

  test.each([
    ['no length', () => text({ from: 'a.txt', vocabulary: 10 } as never), /length that is out of range/],
    ['no vocabulary', () => text({ from: 'a.txt', length: 8 } as never), /vocabulary that is out of range/],
    [
      'a vocabulary of bytes',
      () => text({ from: 'a.txt', length: 8, tokens: 'bytes', vocabulary: 10 } as never),
      /vocabulary of bytes is always 256/,
    ],
    [
      'other tokens',
      () => text({ from: 'a.txt', length: 8, tokens: 'syllables', vocabulary: 10 } as never),
      /does not know this value of tokens/,
    ],
    ['a class for each example', () => text({ from: 'a.txt', length: 8, vocabulary: 10, by: 'class' } as never), /has no option 'by'/],
    ['no path', () => text({ from: '', length: 8, vocabulary: 10 }), /needs a path to read from/],
  ])('%s', (_, make, title) => {
    expect(make).toThrow(title)
  })
})

test('Moby-Dick begins as it does', () => {
  const content = readFileSync(join(import.meta.dirname, '../../../data/moby-dick.txt'))
  const { spec } = mobyDick({ length: 32, vocabulary: 64 })
  const dataset = mobyDickSource.decode(new Map([['moby-dick.txt', content]]), spec.options)
  expect(content.toString('utf8')).toMatch(/^CHAPTER 1\. Loomings\.\n\nCall me Ishmael\./)
  const characters = Array.from(content.toString('utf8'))
  expect(characters.length).toBe(263_285)
  const training = characters.length - 2 * Math.round(0.1 * characters.length)
  expect(dataset.splits.train.labels.length).toBe(Math.floor((training - 1) / 32) * 32)
  // The space is the most frequent, then e.
  const { images, labels } = dataset.splits.train
  expect([' ', 'e'].map((character) => images[characters.indexOf(character)])).toEqual([1, 2])
  expect([...labels].reduce((most, label) => Math.max(most, label), 0)).toBe(63)
})
