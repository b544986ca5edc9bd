import { describe, expect, test } from 'vitest'
import { dense } from '../../../runtime/kinds/dense.ts'
import { interpolate } from '../../../runtime/kinds/interpolate.ts'
import { reinit } from '../../../runtime/kinds/reinit.ts'
import { rewind } from '../../../runtime/kinds/rewind.ts'
import { readArtifact, writeArtifact } from '../../../runtime/store/artifact.ts'
import type { StageContext } from '../../../runtime/worker/stage-context.ts'
import { applyMasks } from '../../../stdlib/masks.ts'
import type { Masks, Network, Parameter } from '../../../stdlib/network.ts'
import { temporaryStore } from '../store/temporary-store.ts'

const parameter = (name: string, shape: readonly number[], initializer: Parameter['initializer'], trainable = true): Parameter => {
  const [layer, role] = name.split('/') as [string, Parameter['role']]
  return { name, layer, role, shape, prunable: role === 'kernel', trainable, initializer }
}
/** A kernel of 40 × 50, bias and batch norm: every weight far from where it would be drawn. */
const trained = (shift = 0, removed = 3): Network => {
  const parameters = [
    parameter('fc/kernel', [40, 50], { kind: 'normal', std: 0.1 }),
    parameter('fc/bias', [50], { kind: 'zeros' }),
    parameter('bn/gamma', [50], { kind: 'ones' }),
    parameter('bn/moving_mean', [50], { kind: 'zeros' }, false),
    parameter('bn/moving_variance', [50], { kind: 'ones' }, false),
  ]
  const weights = parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(7 + shift)] as const)
  const topology = { model: { name: 'small', options: {} }, input: [1, 40, 1], classes: 50, parameters, outputLayer: 'fc' }
  const mask = Uint8Array.from({ length: 2000 }, (_, i) => (i % removed === 0 ? 0 : 1))
  const masks: Masks = new Map(removed === 0 ? [] : [['fc/kernel', mask]])
  return { topology, weights: applyMasks(new Map(weights), masks), masks }
}

const bench = async () => {
  const store = await temporaryStore()
  const objects = store.objects
  const context = { objects } as unknown as StageContext // surgery uses nothing else of it
  const put = (network: Network) => writeArtifact(objects, network)
  const get = async (outcome: Promise<{ readonly artifact: string | null }>) => readArtifact(objects, (await outcome).artifact!)
  return { context, put, get }
}

describe('drawn again', () => {
  test('kernels come from the distribution of the first ones; biases, batch norm and its statistics are as at the start; the mask holds', async () => {
    const { context, put, get } = await bench()
    const network = trained()
    const again = await get(reinit({ kind: 'reinit', options: { seed: 3 }, inputs: { model: await put(network) } }, context))
    const kernel = again.weights.get('fc/kernel')!
    const mask = network.masks.get('fc/kernel')!
    expect(again.masks).toEqual(network.masks)
    expect([...kernel].every((value, i) => (mask[i] === 0) === (value === 0))).toBe(true)
    const kept = [...kernel].filter((_, i) => mask[i] === 1)
    expect(Math.sqrt(kept.reduce((sum, w) => sum + w * w, 0) / kept.length)).toBeCloseTo(0.1, 2)
    expect(Math.abs(kept.reduce((sum, w) => sum + w, 0) / kept.length)).toBeLessThan(0.01)
    for (const [name, value] of [
      ['fc/bias', 0],
      ['bn/gamma', 1],
      ['bn/moving_mean', 0],
      ['bn/moving_variance', 1],
    ] as const)
      expect(new Set(again.weights.get(name))).toEqual(new Set([value]))
  })

  test("by He's rule for the fan that the mask left, whatever the network's own", async () => {
    const { context, put, get } = await bench()
    const again = await get(reinit({ kind: 'reinit', options: { seed: 3, he: 'fanIn' }, inputs: { model: await put(trained()) } }, context))
    const kept = [...again.weights.get('fc/kernel')!].filter((value) => value !== 0)
    // 2,000 weights, 667 removed: 1,333 over 50 units.
    const wanted = Math.sqrt(2 / (1333 / 50))
    expect(Math.sqrt(kept.reduce((sum, w) => sum + w * w, 0) / kept.length) / wanted).toBeCloseTo(1, 1)
    // The network's first weights stay what they were: the next reinit() without the option draws them as before.
    expect(again.topology.parameters[0]!.initializer).toEqual({ kind: 'normal', std: 0.1 })
  })
})

test('drawn again with the signs of a snapshot: as large as without, the signs are there, biases and batch norm as at the start', async () => {
  const { context, put, get } = await bench()
  const network = trained()
  // By hand: of every three weights one is negative, one positive, one zero.
  const like = {
    ...network,
    masks: new Map(),
    weights: new Map([...network.weights].map(([name, w]) => [name, w.map((_, i) => (i % 3) - 1)])),
  }
  const [model, signs] = [await put(network), await put(like)]
  const options = { seed: 3 }
  const plain = await get(reinit({ kind: 'reinit', options, inputs: { model } }, context))
  const signed = await get(reinit({ kind: 'reinit', options, inputs: { model, signs } }, context))
  const [before, after] = [plain, signed].map(({ weights }) => [...weights.get('fc/kernel')!]) as [number[], number[]]
  expect(after.map(Math.abs)).toEqual(before.map(Math.abs))
  const mask = network.masks.get('fc/kernel')!
  after.forEach((value, i) => {
    // Where the snapshot is zero the drawn sign stays; what the mask removed is zero.
    const wanted = mask[i] === 0 ? 0 : i % 3 === 1 ? Math.sign(before[i]!) : (i % 3) - 1
    expect(Math.sign(value)).toBe(wanted)
  })
  expect(before.filter((value, i) => Math.sign(value) !== Math.sign(after[i]!)).length).toBeGreaterThan(200)
  for (const name of ['fc/bias', 'bn/gamma', 'bn/moving_variance']) expect(signed.weights.get(name)).toEqual(plain.weights.get(name))
})

test("rewound, batch norm's statistics are those of the snapshot, and only masks are of now", async () => {
  const { context, put, get } = await bench()
  const [now, then] = [trained(), trained(-5, 0)]
  const back = await get(rewind({ kind: 'rewind', options: {}, inputs: { model: await put(now), to: await put(then) } }, context))
  expect(new Set(back.weights.get('bn/moving_mean'))).toEqual(new Set([2]))
  expect(new Set(back.weights.get('bn/moving_variance'))).toEqual(new Set([2]))
  expect(back.masks).toEqual(now.masks)
  expect(new Set(back.weights.get('fc/kernel'))).toEqual(new Set([0, 2]))
})

test('a lifted mask leaves zeros where it was, and no mask', async () => {
  const { context, put, get } = await bench()
  const lifted = await get(dense({ kind: 'dense', options: {}, inputs: { model: await put(trained()) } }, context))
  expect(lifted.masks.size).toBe(0)
  expect([...lifted.weights.get('fc/kernel')!].filter((value) => value === 0)).toHaveLength(667)
})

test('between two networks batch norm lies on the line like all else', async () => {
  const { context, put, get } = await bench()
  const inputs = { model: await put(trained()), to: await put(trained(4)) }
  const half = await get(interpolate({ kind: 'interpolate', options: { at: 0.25 }, inputs }, context))
  expect(new Set(half.weights.get('bn/moving_variance'))).toEqual(new Set([8]))
  expect(new Set(half.weights.get('fc/kernel'))).toEqual(new Set([0, 8]))
})
