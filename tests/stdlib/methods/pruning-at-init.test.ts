import { expect, test } from 'vitest'
import { pruningAtInitArms } from '../../../stdlib/methods/pruning-at-init.ts'
import { armsOf, optionsOf, small } from './chain.ts'

const arms = small.init().pipe(pruningAtInitArms({ sparsity: 0.8 }))

test('every method prunes first weights once, and is trained as long as the dense network', () => {
  const once = 'init prune:0.8 train:20@step 0.1'
  const { dense, ...others } = armsOf(arms)
  expect(dense).toBe('init train:20@step 0.1')
  for (const [name, words] of Object.entries(others))
    expect(words).toBe(name.endsWith('Shuffled') ? `${once} reinit+shuffled+kept rewind train:20@step 0.1` : once)
  expect(Object.keys(others)).toHaveLength(12)
})

test('rounds, batches and temperature are those of the papers and their code', () => {
  const criterion = (arm: keyof typeof arms) => optionsOf(arms[arm], 'prune').criterion
  const sampled = { batches: 1, batch: 64, seed: 0 }
  expect(criterion('snip')).toMatchObject({ kind: 'gradient', ...sampled })
  expect(criterion('snip')).not.toHaveProperty('rounds')
  expect(criterion('iterativeSnip')).toMatchObject({ kind: 'gradient', ...sampled, rounds: 60 })
  expect(criterion('force')).toMatchObject({ kind: 'force', ...sampled, rounds: 60 })
  expect(criterion('grasp')).toMatchObject({ kind: 'grasp', ...sampled, temperature: 200 })
  expect(criterion('synflow')).toEqual({ kind: 'synflow', rounds: 100 })
})
