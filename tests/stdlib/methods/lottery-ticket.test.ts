import { describe, expect, test } from 'vitest'
import { compare, type Runnable, seeds } from '../../../dsl/index.ts'
import { compile } from '../../../dsl/language/compile.ts'
import { imp, lotteryArms } from '../../../stdlib/methods/lottery-ticket.ts'
import { densityMetrics } from '../../../stdlib/metrics/density.ts'
import type { Network, Parameter } from '../../../stdlib/network.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { prunedByMagnitude } from '../networks.ts'
import { armsOf, big, chainOf, optionsOf, says, small } from './chain.ts'

const round = 'prune:0.2 rewind train:20@step 0.1'

describe('iterative magnitude pruning', () => {
  test('prunes, rewinds to the first weights and trains, seven times: a fifth of each layer, a tenth of the last', () => {
    expect(says(small.train().pipe(imp()))).toBe(`init train:20@step 0.1 ${Array(7).fill(round).join(' ')}`)
    expect(optionsOf(small.train().pipe(imp()), 'prune')).toMatchObject({ scope: 'layer', outputLayer: 'half', of: 'remaining' })
  })

  test('over the whole network it leaves the output layer alone', () => {
    expect(optionsOf(big.train().pipe(imp({ scope: 'global' })), 'prune')).toMatchObject({ scope: 'global', outputLayer: 'keep' })
  })

  test('of a convolutional network each layer may have its rate: a tenth of convolutions and of the output, a fifth between', () => {
    const perRound = { conv1: 0.1, out: 0.2 } as const
    const ticket = big.train().pipe(imp({ rounds: 2, perRound }))
    expect(chainOf(ticket).flatMap((stage) => (stage.kind === 'prune' ? [stage.options.sparsity] : []))).toEqual([perRound, perRound])
    expect(optionsOf(ticket, 'prune')).toMatchObject({ scope: 'layer', outputLayer: 'same', of: 'remaining' })
    const { oneShot } = big.train().pipe(lotteryArms({ rounds: 2, perRound }))
    // At once as much as in two rounds: 1 − 0.9², 1 − 0.8².
    const { conv1, out } = optionsOf(oneShot, 'prune').sparsity as { conv1: number; out: number }
    expect([conv1, out]).toEqual([expect.closeTo(0.19, 12), expect.closeTo(0.36, 12)])
  })

  test('a rate for each layer is of layers that there are, and says all about them', () => {
    const untyped = (perRound: object, more = {}) => imp({ perRound, ...more } as never)(big.train() as never)
    expect(() => untyped({ conv9: 0.1 })).toThrow("conv has no layer called 'conv9'.")
    expect(() => untyped({ conv1: 1 })).toThrow('perRound of conv1')
    expect(() => untyped({ conv1: 0.1 }, { outputLayer: 'half' })).toThrow(
      'Where each layer has its own rate, scope and outputLayer have no meaning.',
    )
  })

  test('every round sees the data in the order of the first', () => {
    const seeds = chainOf(small.train({ seed: 5 }).pipe(imp({ rounds: 3 }))).flatMap((stage) =>
      'seed' in stage.options ? [stage.options.seed] : [],
    )
    expect(new Set(seeds)).toEqual(new Set([5]))
  })

  test('rewound into the training it starts there: of the schedule and of the data', () => {
    expect(says(big.train().pipe(imp({ rounds: 2, rewindTo: { epoch: 2 } })))).toBe(
      'init train:20@step 0.1 prune:0.2 rewind train:2–20@step 0.1 prune:0.2 rewind train:2–20@step 0.1',
    )
    const stages = chainOf(big.train().pipe(imp({ rounds: 2, rewindTo: { epoch: 2 } })))
    for (const rewind of stages.filter(({ kind }) => kind === 'rewind'))
      expect(rewind.inputs).toMatchObject({ to: { stage: stages[1]!.id, epoch: 2 } })
  })

  test('its rounds leave 21.1 % of LeNet-300-100 after seven and 8.7 % after eleven, to the weight', () => {
    // By hand: fc1 235,200, fc2 30,000, out 1,000; round(0.2 n), of the output round(0.1 n), go in each round.
    const left = (rounds: number) => {
      let [fc1, fc2, out] = [235_200, 30_000, 1_000]
      for (let i = 0; i < rounds; i++)
        [fc1, fc2, out] = [fc1 - Math.round(0.2 * fc1), fc2 - Math.round(0.2 * fc2), out - Math.round(0.1 * out)]
      return (fc1 + fc2 + out) / 266_200
    }
    let network = lenet()
    const densities = Array.from({ length: 11 }, () => {
      network = { ...network, masks: prunedByMagnitude(network, optionsOf(small.train().pipe(imp()), 'prune')) }
      return 1 - densityMetrics(network).sparsity
    })
    expect(densities[6]).toBeCloseTo(left(7), 12)
    expect(densities[10]).toBeCloseTo(left(11), 12)
    expect(densities[6]).toBeCloseTo(0.211, 3)
    expect(densities[10]).toBeCloseTo(0.087, 3)
  })
})

test('the controls are at its sparsity: other weights, other holes, all at once, and tuned instead of rewound, at its own rate and a lower one', () => {
  const ticket = `init train:20@step 0.1 ${round} ${round}`
  expect(armsOf(small.train().pipe(lotteryArms({ rounds: 2 })))).toEqual({
    dense: 'init train:20@step 0.1',
    ticket,
    reinit: `${ticket} reinit train:20@step 0.1`,
    randomMask: `${ticket} reinit+shuffled+kept rewind train:20@step 0.1`,
    oneShot: 'init train:20@step 0.1 prune:0.36 rewind train:20@step 0.1',
    finetuned: 'init train:20@step 0.1 prune:0.2 train:20@step 0.1 prune:0.2 train:20@step 0.1',
    'finetuned lr×0.1': 'init train:20@step 0.1 prune:0.2 train:20@0.01 prune:0.2 train:20@0.01',
  })
  // From where the ticket's schedule begins.
  const late: { readonly [arm: string]: Runnable } = big
    .train()
    .pipe(lotteryArms({ rounds: 1, rewindTo: { epoch: 2 }, finetuneAt: ['own', 0.5] }))
  expect(armsOf({ a: late.finetuned!, b: late['finetuned lr×0.5']! })).toEqual({
    a: 'init train:20@step 0.1 prune:0.2 train:2–20@step 0.1',
    b: 'init train:20@step 0.1 prune:0.2 train:20@0.05',
  })
})

test('controls with other first weights are drawn as often as asked, for each ticket again, and may have its signs', () => {
  const ticket = `init train:20@step 0.1 ${round} ${round}`
  const at = (seed: number) => small.train({ seed }).pipe(lotteryArms({ rounds: 2, reinits: 3, sameSign: true }))
  const { reinit, sameSign } = at(0)
  const threeTimes = (word: string) => Array(3).fill(`${ticket} ${word} train:20@step 0.1`).join(' | ')
  expect(armsOf({ reinit, sameSign: sameSign! })).toEqual({ reinit: threeTimes('reinit'), sameSign: threeTimes('reinit+signed') })
  const { stages, targets } = compile({ default: seeds(2, (seed) => compare(at(seed))) })
  const drawn = stages.flatMap(({ kind, options }) =>
    kind === 'reinit' && !('shuffleMask' in options) ? [(options as { seed: number }).seed] : [],
  )
  // Three draws of each of two seeds, each with the signs drawn and with the ticket's.
  expect(drawn.length).toBe(12)
  expect(new Set(drawn)).toEqual(new Set([1_000_000, 2_000_000, 3_000_000, 1_000_001, 2_000_001, 3_000_001]))
  // They count as seeds.
  expect(targets[0]!.arms.filter(({ path }) => path.includes('/reinit/')).map(({ labels }) => labels.map(({ axis }) => axis))).toEqual(
    Array(6).fill(['seed', 'arm', 'seed2']),
  )
})

test('drawn once, and without the signs, they are the pipelines they were', () => {
  const arms = small.train().pipe(lotteryArms({ rounds: 2, reinits: 1 }))
  expect(armsOf(arms)).toEqual(armsOf(small.train().pipe(lotteryArms({ rounds: 2 }))))
  expect(Object.keys(arms)).not.toContain('sameSign')
  expect(() => lotteryArms({ reinits: 0 })(small.train())).toThrow('out of range')
})

/** LeNet-300-100 as data, with weights anywhere. */
function lenet(): Network {
  const kernel = (layer: string, shape: readonly number[]): Parameter => ({
    name: `${layer}/kernel`,
    layer,
    role: 'kernel',
    shape,
    prunable: true,
    trainable: true,
    initializer: { kind: 'zeros' },
  })
  const parameters = [kernel('fc1', [784, 300]), kernel('fc2', [300, 100]), kernel('out', [100, 10])]
  const weights = parameters.map(({ name, shape }, i) => {
    const stream = new Stream(1, 'init', i)
    return [name, Float32Array.from({ length: shape[0]! * shape[1]! }, () => stream.uniform() - 0.5)] as const
  })
  const topology = { model: { name: 'lenet300', options: {} }, input: [28, 28, 1], classes: 10, parameters, outputLayer: 'out' }
  return { topology, weights: new Map(weights), masks: new Map() }
}
