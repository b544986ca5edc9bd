import { describe, expect, test } from 'vitest'
import { lrRewinding, retrainingArms } from '../../../stdlib/methods/learning-rate-rewinding.ts'
import { armsOf, says, small } from './chain.ts'

describe('retraining after pruning', () => {
  test('learning-rate rewinding goes on from the trained weights along the schedule from epoch k', () => {
    expect(says(small.train().pipe(lrRewinding({ perRound: 0.5, epochs: 20, from: 8 })))).toBe(
      'init train:20@step 0.1 prune:0.5 train:8–20@step 0.1',
    )
    expect(says(small.train().pipe(lrRewinding({ rounds: 2, epochs: 20 })))).toBe(
      'init train:20@step 0.1 prune:0.2 train:20@step 0.1 prune:0.2 train:20@step 0.1',
    )
  })

  test('all ways take as long: weights from k at the schedule or the low rate, trained ones at the low rate or the schedule', () => {
    const arms = small.train().pipe(retrainingArms({ perRound: 0.9, epochs: 20, from: 8 }))
    expect(armsOf(arms)).toEqual({
      dense: 'init train:20@step 0.1',
      'finetune lr×0.1': 'init train:20@step 0.1 prune:0.9 train:12@0.01',
      weightRewinding: 'init train:20@step 0.1 prune:0.9 rewind train:8–20@step 0.1',
      lrRewinding: 'init train:20@step 0.1 prune:0.9 train:8–20@step 0.1',
      denseContinued: 'init train:20@step 0.1 train:8–20@step 0.1',
      weightsOnly: 'init train:20@step 0.1 prune:0.9 rewind train:8–20@0.01',
      reinit: 'init train:20@step 0.1 prune:0.9 rewind train:8–20@step 0.1 reinit train:20@step 0.1',
    })
  })

  test('in rounds each way prunes what it has trained itself', () => {
    const arms = small.train().pipe(retrainingArms({ rounds: 2, epochs: 20 }))
    expect(says(arms.weightRewinding)).toBe('init train:20@step 0.1 prune:0.2 rewind train:20@step 0.1 prune:0.2 rewind train:20@step 0.1')
    expect(says(arms.denseContinued)).toBe('init train:20@step 0.1 train:20@step 0.1 train:20@step 0.1')
    expect(says(arms.weightsOnly)).toBe('init train:20@step 0.1 prune:0.2 rewind train:20@0.01 prune:0.2 rewind train:20@0.01')
  })

  test('only a rewound schedule has a place to start at, before its end', () => {
    const trained = small.train()
    expect(() => trained.finetune({ lr: 0.1, from: 3 } as never)).toThrow('Only a schedule that is rewound has an epoch to start at.')
    expect(() => trained.finetune({ lr: 'rewind', from: 20 })).toThrow('finetune() would start at its end')
  })
})
