import { expect, test } from 'vitest'
import { compile } from '../../../dsl/language/compile.ts'
import { revisionOf } from '../../../runtime/kinds/kinds.ts'
import { adam, adamw, digits, lenet300, type Optimizer, sgd, task } from '../../../stdlib/index.ts'

/** Of a training with it. */
const revision = (optimizer: Optimizer) => {
  const graph = compile({ default: task({ model: lenet300(), data: digits(), optimizer, epochs: 1 }).train() })
  return revisionOf(graph.stages.find(({ kind }) => kind === 'train')!)
}

test('a training with Adam has a higher revision than one with SGD, whose results stayed as they were', () => {
  expect(revision(sgd({ lr: 0.1 }))).toBe(2)
  expect(revision(adam({ lr: 1e-3 }))).toBe(3)
  expect(revision(adamw({ lr: 1e-3 }))).toBe(3)
})
