import { expect, test } from 'vitest'
import { granet } from '../../../stdlib/methods/granet.ts'
import { rigl, sparseTrainingArms } from '../../../stdlib/methods/rigl.ts'
import { set } from '../../../stdlib/methods/set.ts'
import { armsOf, chainOf, optionsOf, small } from './chain.ts'

const pruning = (arm: Parameters<typeof chainOf>[0]) => optionsOf(arm, 'train').pruning

test('RigL: random to Erdős–Rényi densities, every 100 steps 0.3 falling to nothing at three quarters, where the gradient is largest', () => {
  expect(pruning(small.init().pipe(rigl()))).toEqual({
    options: { criterion: { kind: 'random', seed: 0 }, sparsity: 0.9, scope: 'erk', of: 'all', exclude: [], outputLayer: 'same' },
    schedule: { kind: 'constant', from: 0, begin: 0, end: 0 },
    every: 100,
    mode: 'regrow',
    regrow: { grow: 'gradient', fraction: 0.3, to: 0, end: 0.75 },
  })
})

test('SET: after each epoch 0.3 of them, anywhere', () => {
  const { every, regrow } = pruning(small.init().pipe(set()))!
  expect({ every, regrow }).toEqual({ every: { epochs: 1 }, regrow: { grow: 'random', fraction: 0.3, to: 0.3, end: 1 } })
})

test('GraNet: half away at random, then to the cubic schedule by magnitude, with 0.5 falling to 0.005 growing back', () => {
  const arm = small.init().pipe(granet())
  expect(chainOf(arm).map(({ kind }) => kind)).toEqual(['init', 'prune', 'train'])
  expect(optionsOf(arm, 'prune')).toMatchObject({ criterion: { kind: 'random' }, sparsity: 0.5, scope: 'erk' })
  expect(pruning(arm)).toMatchObject({
    options: { criterion: { kind: 'magnitude' }, sparsity: 0.9, scope: 'global' },
    schedule: { kind: 'cubic', from: 0.5, end: 0.6875 },
    every: 1000,
    regrow: { grow: 'gradient', fraction: 0.5, to: 0.005, end: 1 },
  })
  expect(chainOf(small.init().pipe(granet({ from: 0 }))).map(({ kind }) => kind)).toEqual(['init', 'train'])
})

test('the controls have one budget; SET differs in where weights grow alone, and the static mask is the one that both begin with', () => {
  const arms = small.init().pipe(sparseTrainingArms({ sparsity: 0.8, every: 50, epochs: 10 }))
  expect(armsOf(arms)).toEqual({
    dense: 'init train:10@step 0.1',
    rigl: 'init regrow:10@step 0.1',
    set: 'init regrow:10@step 0.1',
    static: 'init prune:0.8 train:10@step 0.1',
  })
  const { regrow, ...rest } = pruning(arms.rigl)!
  expect(pruning(arms.set)).toEqual({ ...rest, regrow: { ...regrow, grow: 'random' } })
  const { criterion, scope, sparsity } = rest.options
  expect(optionsOf(arms.static, 'prune')).toMatchObject({ criterion, scope, sparsity })
})
