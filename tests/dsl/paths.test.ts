import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adam, compare, sweep, task } from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { segment, segmentsOf } from '../../dsl/language/paths.ts'
import { dots, tiny } from './tiny.ts'

test('whatever names are made of, a path falls into the parts that it was made of, and other names make another path', () => {
  const names = fc.array(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', '/', '"', '\\', '=') })), {
    minLength: 1,
    maxLength: 4,
  })
  const pathOf = (all: readonly string[]) => all.map(segment).join('/')
  fc.assert(
    fc.property(names, names, (one, other) => {
      expect(segmentsOf(pathOf(one))).toEqual(one.map(segment))
      expect(pathOf(one) === pathOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
  )
})

test('a name without slashes, quotes or the look of a seed is written as it is', () => {
  expect(['dense', 'lr=0.1', '剪定', 'a b', '0.5', 'a\\b'].map(segment)).toEqual(['dense', 'lr=0.1', '剪定', 'a b', '0.5', 'a\\b'])
  expect(['a/b', '"', '', 'seed=0'].map(segment)).toEqual(['"a/b"', '"\\""', '""', '"seed=0"'])
})

test('an arm with a slash in its label and an arm inside an arm have paths of their own', () => {
  const train = task({ model: tiny(), data: dots(), optimizer: adam({ lr: 0.1 }), epochs: 2 }).train()
  const study = compare({ 'a/b': train.prune(0.1), a: compare({ b: train.prune(0.2) }), c: sweep({ x: ['a/b'] }, () => train.prune(0.3)) })
  const { stages, targets } = compile({ default: study })
  expect(stages.filter(({ kind }) => kind === 'prune').map(({ path }) => path)).toEqual(['"a/b"/prune', 'a/b/prune', 'c/x="a/b"/prune'])
  expect(targets[0]!.arms.map(({ path }) => path)).toEqual(['"a/b"', 'a/b', 'c/x="a/b"'])
})
