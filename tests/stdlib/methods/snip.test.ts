import { beforeAll, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { lenet300 } from '../../../stdlib/index.ts'
import { snip, snipArms } from '../../../stdlib/methods/snip.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { sensitivities } from '../../../stdlib/prune/gradient.ts'
import { lossGradient } from '../../../stdlib/prune/loss-gradient.ts'
import { upload } from '../../../stdlib/training/examples.ts'
import { armsOf, optionsOf, small } from './chain.ts'

test('prunes first weights in one ranking by their sensitivity on one batch, before any training', () => {
  expect(optionsOf(small.init().pipe(snip()).train(), 'prune')).toMatchObject({
    criterion: { kind: 'gradient', batches: 1, batch: 64, seed: 0 },
    scope: 'global',
    sparsity: 0.9,
  })
})

test('its controls: other criteria before training, its mask elsewhere and under other weights, and pruning after training', () => {
  expect(armsOf(small.init().pipe(snipArms({ sparsity: 0.5 })))).toEqual({
    dense: 'init train:20@step 0.1',
    snip: 'init prune:0.5 train:20@step 0.1',
    magnitude: 'init prune:0.5 train:20@step 0.1',
    random: 'init prune:0.5 train:20@step 0.1',
    shuffled: 'init prune:0.5 train:20@step 0.1 reinit+shuffled+kept rewind train:20@step 0.1',
    reinit: 'init prune:0.5 train:20@step 0.1 reinit train:20@step 0.1',
    afterTraining: 'init train:20@step 0.1 prune:0.5 train:20@0.01',
  })
})

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

test('|w · ∂L/∂w| of the output layer by hand: the mean of (p − y) · hidden over the batch', async () => {
  const { tf } = engine
  const network = boundNetwork(engine, lenet300().spec)
  network.load(initialise(network.topology, 3))
  const pixels = Float32Array.from({ length: 2 * 784 }, (_, i) => Math.sin(i))
  const split = { images: pixels, labels: Int32Array.of(3, 7) }
  const splits = { train: split, validation: split, test: split }
  const examples = upload(engine, { input: [28, 28, 1], classes: 10, normalisation: { mean: [0], std: [1] }, splits }, 'train')
  const images = tf.tensor(pixels, [2, 28, 28, 1])
  const gradient = lossGradient(engine, network, examples, { batch: 2, batches: 1, seed: 0 })
  const first = await network.read()
  const scores = sensitivities(first, await gradient.at(first, 1))
  gradient.dispose()
  const { logits, taps } = network.tapped(['fc2'], images, false)
  const [hidden, probabilities] = [taps[0]!.dataSync(), tf.softmax(logits).dataSync()]
  const weights = (await network.read()).get('out/kernel')!
  for (const [i, c] of [
    [0, 3],
    [17, 0],
    [50, 7],
    [99, 9],
  ] as const) {
    const gradient = [0, 1].reduce((sum, n) => {
      const wanted = c === [3, 7][n] ? 1 : 0
      return sum + ((probabilities[n * 10 + c]! - wanted) * hidden[n * 100 + i]!) / 2
    }, 0)
    expect(scores.get('out/kernel')![i * 10 + c]).toBeCloseTo(Math.abs(weights[i * 10 + c]! * gradient), 6)
  }
  expect([...scores.keys()]).toEqual(['fc1/kernel', 'fc2/kernel', 'out/kernel'])
})
