import { expect, test } from 'vitest'
import { findStage } from '../../../runtime/plan/stage-name.ts'
import { PlanProblem } from '../../../runtime/problem.ts'

const stages = ['seed=0/dense/train', 'seed=0/dense/train#2', 'seed=0/hybrid/prune', 'seed=1/hybrid/distill', 'seed=1/hybrid/prune'].map(
  (path) => ({
    path,
  }),
)
const refused = (name: string): PlanProblem => {
  try {
    findStage(name, stages)
  } catch (cause) {
    expect(cause).toBeInstanceOf(PlanProblem)
    return cause as PlanProblem // just checked
  }
  throw new Error(`not refused: ${name}`)
}

test.each([
  ['seed=0/dense/train', 'seed=0/dense/train', 'a path, also when others begin with it'],
  ['seed=0/h', 'seed=0/hybrid/prune', 'how one path begins'],
  ['distill', 'seed=1/hybrid/distill', 'a part that one path has'],
  ['#2', 'seed=0/dense/train#2', 'even a short one'],
  ['hybrid/prune', 'seed=0/hybrid/prune', 'a part that one path has in every seed: the first'],
])('%s is %s: %s', (name, path) => {
  expect(findStage(name, stages).path).toBe(path)
})

test('a part of several paths is refused with all of them', () => {
  const problem = refused('seed=1/')
  expect(problem.title).toBe("'seed=1/' matches 2 stages.")
  expect(problem.facts).toEqual([['stages', 'seed=1/hybrid/distill\nseed=1/hybrid/prune']])
})

test('an unknown name is refused with those near it', () => {
  expect(refused('seed=0/hybrid/prun3').hint).toBe('Did you mean seed=0/hybrid/prune?')
  expect(refused('distil1').hint).toBe('Did you mean seed=1/hybrid/distill?')
  expect(refused('nothing like it').hint).toBe('espalier plan lists all of them.')
  expect(refused('').facts[0]?.[1]).toContain('seed=0/dense/train')
})
