import { expect, test } from 'vitest'
import { oneShotArms } from '../../../stdlib/methods/one-shot.ts'
import { armsOf, optionsOf, small } from './chain.ts'

test('one cut, three quarters through, with three ways to go on: at a low rate, with the schedule again, not at all', () => {
  expect(armsOf(small.init().pipe(oneShotArms({ epochs: 10 })))).toEqual({
    oneShotFinetune: 'init train:8@step 0.1 prune:0.9 train:2@0.01',
    oneShotRewindLR: 'init train:8@step 0.1 prune:0.9 train:2@step 0.1',
    oneShot: 'init train:10@step 0.1 prune:0.9',
  })
})

test('at the rate that is named, of the ranking that is named', () => {
  const arms = small.init().pipe(oneShotArms({ epochs: 4, denseEpochs: 1, retrain: { times: 0.5 }, scope: 'layer', sparsity: 0.5 }))
  expect(armsOf(arms).oneShotFinetune).toBe('init train:1@step 0.1 prune:0.5 train:3@0.05')
  expect(optionsOf(arms.oneShot, 'prune')).toMatchObject({ scope: 'layer', of: 'all', criterion: { kind: 'magnitude' } })
})

test.each([
  ['epochs', { epochs: 1 }, 'a whole number, 2 or more'],
  ['denseEpochs', { epochs: 4, denseEpochs: 4 }, 'a whole number from 1 to 3'],
])('%s that leave nothing to retrain in are refused', (option, options, allowed) => {
  let facts: readonly (readonly [string, string])[] = []
  try {
    oneShotArms(options)(small.init())
  } catch (cause) {
    facts = (cause as { facts: typeof facts }).facts
  }
  expect(Object.fromEntries(facts)).toMatchObject({ verb: 'oneShotArms()', option, allowed })
})
