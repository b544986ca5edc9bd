import { expect, test } from 'vitest'
import { gmp, gmpArms } from '../../../stdlib/methods/gradual-magnitude-pruning.ts'
import { armsOf, optionsOf, says, small } from './chain.ts'

test("Zhu & Gupta's: cubic, every hundred steps, the same share of each layer, nothing returns", () => {
  expect(optionsOf(small.init().pipe(gmp()), 'train').pruning).toEqual({
    options: { criterion: { kind: 'magnitude' }, scope: 'layer', sparsity: 0.9, of: 'all', exclude: [], outputLayer: 'same' },
    schedule: { kind: 'cubic', from: 0, begin: 0, end: 0.75 },
    every: 100,
    mode: 'freeze',
  })
})

test('with recovery, and its controls, all in the same number of epochs', () => {
  expect(armsOf(small.init().pipe(gmpArms({ epochs: 8 })))).toEqual({
    dense: 'init train:8@step 0.1',
    gradual: 'init freeze:8@step 0.1',
    recovering: 'init recover:8@step 0.1',
    oneShotFinetune: 'init train:6@step 0.1 prune:0.9 train:2@0.01',
    oneShotRewindLR: 'init train:6@step 0.1 prune:0.9 train:2@step 0.1',
    oneShot: 'init train:8@step 0.1 prune:0.9',
  })
  const arms = small.init().pipe(gmpArms({ epochs: 8, denseEpochs: 3, retrain: 0.02, sparsity: 0.5 }))
  expect(says(arms.oneShotFinetune)).toBe('init train:3@step 0.1 prune:0.5 train:5@0.02')
  for (const arm of [arms.gradual, arms.recovering])
    expect(optionsOf(arm, 'train').pruning?.options).toMatchObject({ scope: 'layer', sparsity: 0.5 })
  expect(optionsOf(arms.oneShot, 'prune')).toMatchObject({ scope: 'layer', of: 'all' })
})
