import { describe, expect, test } from 'vitest'
import { dsd, dsdArms } from '../../../stdlib/methods/dsd.ts'
import { armsOf, big, optionsOf, says, shared, small } from './chain.ts'

describe('dense-sparse-dense', () => {
  test("has the paper's factors: a tenth and a hundredth of the first rate, constant", () => {
    expect(says(small.train().pipe(dsd()))).toBe('init train:20@step 0.1 prune:0.3 train:20@0.01 dense train:20@0.001')
  })

  test("its text's reading is an option, and so are the phases' lengths", () => {
    const read = dsd({ sparsity: 0.5, epochs: { sparse: 10, dense: 5 }, lr: { dense: 0.1 } })
    expect(says(small.train().pipe(read))).toBe('init train:20@step 0.1 prune:0.5 train:10@0.01 dense train:5@0.01')
  })

  test('thresholds are of each layer, the same share in each, and the first layer is left alone', () => {
    const pruned = optionsOf(big.train().pipe(dsd()), 'prune')
    expect(pruned).toMatchObject({ criterion: { kind: 'magnitude' }, scope: 'layer', sparsity: 0.3, firstLayer: 'keep', exclude: [] })
    expect(optionsOf(small.train().pipe(dsd({ firstLayer: 'same' })), 'prune')).not.toHaveProperty('firstLayer')
  })

  test('goes in rounds, each with a sparsity of its own', () => {
    const round = (sparsity: number) => `prune:${sparsity} train:20@0.01 dense train:20@0.001`
    expect(says(small.train().pipe(dsd({ sparsity: [0.5, 0.25] })))).toBe(`init train:20@step 0.1 ${round(0.5)} ${round(0.25)}`)
  })

  test('its control is trained for the same epochs at the same rates', () => {
    const arms = small.train().pipe(dsdArms({ epochs: { sparse: 10, dense: 5 } }))
    expect(armsOf(arms)).toEqual({
      dense: 'init train:20@step 0.1',
      sparse: 'init train:20@step 0.1 prune:0.3 train:10@0.01',
      denseContinued: 'init train:20@step 0.1 train:10@0.01 train:5@0.001',
      dsd: 'init train:20@step 0.1 prune:0.3 train:10@0.01 dense train:5@0.001',
    })
    // Of 15 stages five are shared: first weights and training three times, pruning and the sparse phase once.
    expect(shared(arms)).toBe(2 + 2 + 2 + 2 + 4)
  })

  test('an option that it does not have is refused', () => {
    expect(() => small.train().pipe(dsd({ sparsty: 0.5 } as never))).toThrow("dsd() has no option 'sparsty'.")
    expect(() => small.train().pipe(dsd({ sparsity: 30 }))).toThrow('A sparsity is the fraction removed')
  })
})
