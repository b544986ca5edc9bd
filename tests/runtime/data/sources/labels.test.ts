import { describe, expect, test } from 'vitest'
import { classesOf } from '../../../../runtime/data/sources/labels.ts'

const labels = (...values: readonly unknown[]) => ({ values, where: (row: number) => `a.csv at line ${row + 2}` })
const read = (classes: number, ...values: readonly unknown[]) => [...classesOf('csv', { train: labels(...values) }, classes).train]

describe('labels', () => {
  test.each([
    ['numbers', [0, 2, 1], [0, 2, 1]],
    ['64-bit numbers', [0n, 2n, 1n], [0, 2, 1]],
    ['whole floats, as numbers and as text', ['0.0', '2.', '1e0'], [0, 2, 1]],
    ['lists of one', [[0], [2], [1n]], [0, 2, 1]],
    ['truth values', [true, false, true], [1, 0, 1]],
    ['names', ['b', 'a ', ' c', 'a'], [1, 0, 2, 0]],
    ['negative numbers as text', ['-1', '1', '-2'], [1, 2, 0]],
    ['numbers with fractions as text', ['10.5', '2.5', '10.50'], [1, 0, 1]],
    ['letters and digits', ['A', '9', '10'], [2, 1, 0]],
    ['names that mean nothing elsewhere', ['none', 'some', 'none'], [0, 1, 0]],
  ])('that are %s', (_, given, classes) => {
    expect(read(3, ...given)).toEqual(classes)
  })

  test.each([
    ['null', [0, null, 1], 'a.csv at line 3 has no label.'],
    ['nothing', ['0', '1', ''], 'a.csv at line 4 has no label.'],
    ['NaN', [0, Number.NaN], 'a.csv at line 3 has no label.'],
    ['a word for nothing among numbers', ['0', '1', 'NA'], 'a.csv at line 4 has no label.'],
    ['a list of two', [0, [0, 1]], 'a.csv at line 3 has a label that is neither a number nor a name.'],
    ['a day', [new Date(0)], 'a.csv at line 2 has a label that is neither a number nor a name.'],
    ['a fraction', [0, 0.5], 'a.csv at line 3 has the label 0.5, but labels must be 0 to 2.'],
    ['a number below 0', [0, -1], 'a.csv at line 3 has the label -1, but labels must be 0 to 2.'],
    ['a number beyond all integers', [0, 2n ** 63n], 'a.csv at line 3 has the label 9223372036854776000, but labels must be 0 to 2.'],
  ])('that have %s are refused with their place', (_, given, says) => {
    expect(() => read(3, ...given)).toThrow(says)
  })

  test('of a class that training has not are refused: a name is misspelled', () => {
    expect(() => classesOf('csv', { train: labels('cat', 'dog'), test: labels('cat', 'Dog') }, 3)).toThrow(
      'a.csv at line 3 has the class Dog, which has no training example.',
    )
  })
})
