import { describe, expect, test } from 'vitest'
import { dpf, dpfArms } from '../../../stdlib/methods/dpf.ts'
import { armsOf, optionsOf, small } from './chain.ts'

describe('dynamic pruning with feedback', () => {
  test("has the paper's period, ramp and ranking: 16 steps, cubic from 0, one threshold over all kernels", () => {
    expect(optionsOf(small.init().pipe(dpf()), 'train').pruning).toEqual({
      options: { criterion: { kind: 'magnitude' }, scope: 'global', sparsity: 0.9, of: 'all', exclude: [], outputLayer: 'same' },
      schedule: { kind: 'cubic', from: 0, begin: 0, end: 0.75 },
      every: 16,
      mode: 'feedback',
    })
  })

  test('may fix its masks at the end of the ramp, as published code does', () => {
    expect(optionsOf(small.init().pipe(dpf({ refresh: 'ramp', rampEnd: 0.5 })), 'train').pruning).toMatchObject({
      refresh: 'ramp',
      schedule: { end: 0.5 },
    })
    expect(optionsOf(small.init().pipe(dpf()), 'train').pruning).not.toHaveProperty('refresh')
  })

  test('every control has the budget of the method, and the rate of fine-tuning is said', () => {
    const arms = small.init().pipe(dpfArms({ sparsity: 0.95, every: 4, epochs: 20, retrain: 0.05 }))
    expect(armsOf(arms)).toEqual({
      dense: 'init train:20@step 0.1',
      dpf: 'init feedback:20@step 0.1',
      gradual: 'init freeze:20@step 0.1',
      recovering: 'init recover:20@step 0.1',
      oneShotFinetune: 'init train:15@step 0.1 prune:0.95 train:5@0.05',
      oneShotRewindLR: 'init train:15@step 0.1 prune:0.95 train:5@step 0.1',
      oneShot: 'init train:20@step 0.1 prune:0.95',
    })
    const short = small.init().pipe(dpfArms({ epochs: 2 }))
    expect(armsOf(short).oneShotFinetune).toBe('init train:1@step 0.1 prune:0.9 train:1@0.01')
    expect(() => small.init().pipe(dpfArms({ epochs: 1 }))).toThrow('out of range')
    const [feedback, gradual] = [arms.dpf, arms.gradual].map((arm) => optionsOf(arm, 'train').pruning!)
    expect({ ...gradual, mode: 'feedback' }).toEqual(feedback)
  })
})
