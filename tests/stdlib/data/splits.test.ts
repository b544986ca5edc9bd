import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Parted, parted, type SplitRule, sharedOut, splitRule } from '../../../stdlib/data/splits.ts'

/** With a number for validation. */
type Rule = SplitRule & { readonly validation: number }

const lists = (labels: readonly number[], rule: Rule) => {
  const { train, validation, test } = sharedOut(labels, rule)
  return { train: [...train], validation: [...validation], test: [...test] }
}
/** Six of class 0, four of class 1, mixed. */
const labels = [0, 1, 0, 0, 1, 0, 1, 0, 1, 0]

describe('examples are shared out', () => {
  test('in the order of the file: the last for test, those before for validation', () => {
    expect(lists(labels, { validation: 2, test: 3, by: 'file' })).toEqual({ train: [0, 1, 2, 3, 4], validation: [5, 6], test: [7, 8, 9] })
  })

  test('by class: the last of each, in proportion', () => {
    // A half of each: 3 of the six zeros (rows 5, 7, 9), 2 of the four ones (rows 6, 8).
    expect(lists(labels, { validation: 0.5, test: 0, by: 'class' })).toEqual({
      train: [0, 1, 2, 3, 4],
      validation: [5, 6, 7, 8, 9],
      test: [],
    })
  })

  test('with the rest of a share that does not go up to the largest remainder', () => {
    // 3 of 10: 1.8 zeros, 1.2 ones, so two and one.
    expect(lists(labels, { validation: 3, test: 0, by: 'class' }).validation).toEqual([7, 8, 9])
  })

  test('by seed: drawn, in proportion unless told otherwise, and the same again', () => {
    const rule: Rule = { validation: 0.2, test: 0.3, by: 'seed', seed: 1, stratified: true }
    const many = Array.from({ length: 1000 }, (_, i) => (i % 10 < 7 ? 0 : 1))
    const drawn = lists(many, rule)
    expect(drawn.validation.filter((row) => many[row] === 0).length).toBe(140)
    expect(drawn.test.filter((row) => many[row] === 0).length).toBe(210)
    expect(lists(many, rule)).toEqual(drawn)
    expect(lists(many, { ...rule, seed: 2 })).not.toEqual(drawn)
    expect(drawn.test).not.toEqual(lists(many, { ...rule, by: 'class' }).test)
    const free = lists(many, { ...rule, stratified: false })
    expect(free.validation.length).toBe(200)
    expect(free.validation.filter((row) => many[row] === 0).length).not.toBe(140)
  })

  test('a class of one row goes to one share, though both would round up to it', () => {
    const shares = lists([0, 0, 0, 0, 1], { validation: 1, test: 1, by: 'class' })
    expect(Object.values(shares).map(({ length }) => length)).toEqual([3, 1, 1])
    expect(() => lists([0, 0, 0, 1], { validation: 2, test: 2, by: 'class' })).toThrow('leave nothing to train on')
  })

  test('so that each row has exactly one place, in rising order, and the counts are as asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(4), { minLength: 10, maxLength: 60 }),
        fc.constantFrom('file', 'class', 'seed' as const),
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (labels, by, stratified, validation, test) => {
          const shares = lists(labels, { validation, test, by, seed: 3, stratified })
          expect(shares.validation.length).toBe(validation)
          expect(shares.test.length).toBe(test)
          for (const rows of Object.values(shares)) expect(rows).toEqual([...rows].sort((a, b) => a - b))
          expect(
            Object.values(shares)
              .flat()
              .sort((a, b) => a - b),
          ).toEqual(labels.map((_, row) => row))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('with only the first of the training examples, when that is asked', () => {
    expect(lists(labels, { validation: 2, test: 3, by: 'file', train: 2 }).train).toEqual([0, 1])
    expect(() => lists(labels, { validation: 2, test: 3, by: 'file', train: 6 })).toThrow(
      'train asks for 6 examples, and 5 are for training.',
    )
  })

  test('but not so that nothing is left to train on', () => {
    expect(() => lists(labels, { validation: 10, test: 0, by: 'file' })).toThrow('nothing to train on')
    expect(() => lists(labels, { validation: 0.5, test: 0.6, by: 'class' })).toThrow('nothing to train on')
  })
})

describe('files that say what they are for', () => {
  const rule: SplitRule = { validation: 1, test: 1, by: 'file' }
  const places = ({ used, splits }: Parted) => ({
    used: [...used],
    rows: Object.values(splits).map(({ rows }) => [...rows]),
    labels: Object.values(splits).map(({ labels }) => [...labels]),
  })

  test('are taken at their word, and shares come from the training files for the rest', () => {
    expect(places(parted({ train: [5, 6, 7], test: [8, 9] }, rule))).toEqual({
      used: [0, 1, 2, 3, 4],
      rows: [[0, 1], [2], [3, 4]],
      labels: [[5, 6], [7], [8, 9]],
    })
    expect(places(parted({ train: [5, 6, 7], validation: [1] }, rule)).labels).toEqual([[5, 6], [1], [7]])
    expect(places(parted({ train: [5], validation: [1], test: [2] }, rule)).labels).toEqual([[5], [1], [2]])
  })

  test("validation: 'test' holds nothing back: all of the training file trains, and validation is the test file", () => {
    const spec = splitRule('cifar10()', { validation: 'test' }, { validation: 5_000, by: 'file' })
    expect(spec.validation).toBe('test')
    const onTest = { ...rule, test: 0, validation: 'test' } as const
    expect(places(parted({ train: [5, 6, 7], test: [8, 9] }, onTest))).toEqual({
      used: [0, 1, 2, 3, 4],
      rows: [
        [0, 1, 2],
        [3, 4],
        [3, 4],
      ],
      labels: [
        [5, 6, 7],
        [8, 9],
        [8, 9],
      ],
    })
    expect(() => splitRule('csv()', { validation: 'test' }, { validation: 0.1, test: 0.1, by: 'class' })).toThrow('out of range')
  })

  test('leave out what no split uses', () => {
    expect(places(parted({ train: [5, 6, 7, 4], test: [8] }, { ...rule, train: 1 }))).toEqual({
      used: [0, 3, 4],
      rows: [[0], [1], [2]],
      labels: [[5], [4], [8]],
    })
  })

  test('must give every split something', () => {
    expect(() => parted({ train: [1, 2], test: [] }, rule)).toThrow('the test split has no example')
    expect(() => parted({ train: [1, 2, 3] }, { ...rule, validation: 0.01 })).toThrow('the validation split has no example')
  })
})

describe('the options of a split', () => {
  const standard = { validation: 0.1, by: 'file' } as const

  test('are filled in, so that writing a default out changes nothing', () => {
    expect(splitRule('idx()', {}, standard)).toEqual({ validation: 0.1, by: 'file' })
    expect(splitRule('idx()', { validation: 0.1, by: 'file' }, standard)).toEqual(splitRule('idx()', {}, standard))
    expect(splitRule('idx()', { by: 'seed' }, standard)).toEqual({ validation: 0.1, by: 'seed', seed: 0, stratified: true })
  })

  test.each([
    [{ validation: 0 }, 'validation'],
    [{ validation: 1.5 }, 'a fraction between 0 and 1, or a whole number of examples'],
    [{ by: 'random' }, "'file', 'class', 'seed'"],
    [{ seed: 3 }, "Write by: 'seed', or leave it out."],
    [{ train: 0 }, 'train'],
  ])('%j are refused', (given, says) => {
    expect(() => splitRule('idx()', given, standard)).toThrow(says)
  })
})
