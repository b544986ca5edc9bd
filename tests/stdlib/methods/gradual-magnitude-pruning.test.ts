import { expect, test } from 'vitest'
import { gmp, gmpArms } from '../../../stdlib/methods/gradual-magnitude-pruning.ts'
import { armsOf, optionsOf, small } from './chain.ts'

test("Zhu & Gupta's: cubic, every hundred steps, the same share of each layer, nothing returns", () => {
  expect(optionsOf(small.init().pipe(gmp()), 'train').pruning).toEqual({
    options: { criterion: { kind: 'magnitude' }, scope: 'layer', sparsity: 0.9, of: 'all', exclude: [], outputLayer: 'same' },
    schedule: { kind: 'cubic', from: 0, begin: 0, end: 0.75 },
    every: 100,
    mode: 'freeze',
  })
})

test('with recovery, and its controls', () => {
  expect(armsOf(small.init().pipe(gmpArms({ epochs: 6 })))).toEqual({
    dense: 'init train:6@step 0.1',
    frozen: 'init freeze:6@step 0.1',
    recovering: 'init recover:6@step 0.1',
    oneShot: 'init train:6@step 0.1 prune:0.9 train:6@0.01',
  })
})
