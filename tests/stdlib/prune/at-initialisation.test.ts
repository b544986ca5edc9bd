/** Criteria for pruning before any training, on networks as they are drawn. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import type { Score } from '../../../dsl/parts/criteria.ts'
import type { PrunerSpec } from '../../../dsl/parts/pruner.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { bnConv, filterL1, force, gradient, grasp, lenet300, synflow } from '../../../stdlib/index.ts'
import { applyMasks, kept } from '../../../stdlib/masks.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Masks, Network, Weights } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { forceCriterion } from '../../../stdlib/prune/force.ts'
import { gradientCriterion } from '../../../stdlib/prune/gradient.ts'
import { graspScores, hessianGradient } from '../../../stdlib/prune/grasp.ts'
import { lossGradient } from '../../../stdlib/prune/loss-gradient.ts'
import { masksAtOnce } from '../../../stdlib/prune/registry.ts'
import { synapticFlow } from '../../../stdlib/prune/synflow.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { type Examples, upload } from '../../../stdlib/training/examples.ts'
import type { StageServices } from '../../../stdlib/training/services.ts'

let engine: Engine
let examples: Examples
let services: StageServices
let network: Network
const sampled = { data: { name: '', options: {} }, batch: 8, batches: 1, seed: 0 }

beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  const stream = new Stream(5, 'data', 0)
  const split = {
    images: Float32Array.from({ length: 64 * 784 }, () => stream.uniform() - 0.5),
    labels: Int32Array.from({ length: 64 }, (_, i) => i % 10),
  }
  const splits = { train: split, validation: split, test: split }
  examples = upload(engine, { input: [28, 28, 1], classes: 10, normalisation: { mean: [0], std: [1] }, splits }, 'train')
  const bound = boundNetwork(engine, lenet300().spec)
  services = { engine: async () => engine, network: async () => bound, examples: async () => examples } as unknown as StageServices
  network = { topology: bound.topology, weights: initialise(bound.topology, 3), masks: new Map() }
})

const left = (masks: Masks) => [...masks].filter(([name]) => name.endsWith('kernel')).map(([, mask]) => kept(mask))
const pruned = ({ spec }: { readonly spec: PrunerSpec }) => {
  const data = ['gradient', 'force', 'grasp'].includes(spec.criterion.kind) ? sampled : {}
  return masksAtOnce(network, { ...spec, criterion: { ...data, ...spec.criterion } } as PruneOptions, services)
}

describe('SynFlow', () => {
  test('a weight is worth the sum of the products along all paths through it, by hand', async () => {
    const flow = synapticFlow(engine, await services.network(network.topology.model))
    const scores = await flow.scores(network)
    flow.dispose()
    const [w1, w2, w3] = ['fc1', 'fc2', 'out'].map((layer) => network.weights.get(`${layer}/kernel`)!)
    // 784 × 300, 300 × 100, 100 × 10: from a hidden unit on, and up to it.
    const after2 = Float64Array.from({ length: 100 }, (_, j) => w3!.subarray(10 * j, 10 * j + 10).reduce((sum, w) => sum + Math.abs(w), 0))
    const after1 = Float64Array.from({ length: 300 }, (_, i) =>
      after2.reduce((sum, rest, j) => sum + Math.abs(w2![100 * i + j]!) * rest, 0),
    )
    const before1 = Float64Array.from({ length: 300 }, (_, i) =>
      Array.from({ length: 784 }, (_, p) => Math.abs(w1![300 * p + i]!)).reduce((a, b) => a + b),
    )
    const near = (score: number, value: number) => expect(Math.abs(score / value - 1)).toBeLessThan(1e-4)
    for (const [p, i] of [
      [0, 0],
      [400, 123],
      [783, 299],
    ] as const)
      near(scores.get('fc1/kernel')![300 * p + i]!, Math.abs(w1![300 * p + i]!) * after1[i]!)
    for (const [i, j] of [
      [0, 0],
      [150, 50],
      [299, 99],
    ] as const)
      near(scores.get('fc2/kernel')![100 * i + j]!, before1[i]! * Math.abs(w2![100 * i + j]!) * after2[j]!)
  })

  test('what all weights of a layer are worth together is the same in every layer', async () => {
    const flow = synapticFlow(engine, await services.network(network.topology.model))
    const sums = [...(await flow.scores(network)).values()].map((scores) => scores.reduce((sum, score) => sum + score, 0))
    flow.dispose()
    for (const sum of sums) expect(sum / sums[0]!).toBeCloseTo(1, 3)
  })

  test('batch norm divides by its running variance, not by that of the image of ones', async () => {
    const bound = boundNetwork(engine, bnConv([4, 4]).spec)
    const weights = initialise(bound.topology, 1)
    const flow = synapticFlow(engine, bound)
    const before = await flow.scores({ weights, masks: new Map() })
    const wider = new Map([...weights, ['bn2/moving_variance', new Float32Array(4).fill(4)] as const])
    const after = await flow.scores({ weights: wider, masks: new Map() })
    flow.dispose()
    const [one, other] = [before.get('conv1/kernel')!, after.get('conv1/kernel')!]
    for (const [i, score] of one.entries()) expect(other[i]! / score).toBeCloseTo(0.5, 2)
    bound.dispose()
  })

  test('one round empties a layer where a hundred do not, and exactly as many weights are left', async () => {
    await expect(pruned(synflow(0.999, { rounds: 1 }))).rejects.toThrow('Pruning would remove every weight of layer')
    const counts = left(await pruned(synflow(0.999)))
    expect(counts.reduce((a, b) => a + b)).toBe(266)
    expect(Math.min(...counts)).toBeGreaterThan(10)
  })
})

/** Every third weight is gone. */
const thirds = (): Masks =>
  new Map(
    network.topology.parameters
      .filter(({ prunable }) => prunable)
      .map(({ name }) => [name, Uint8Array.from(network.weights.get(name)!, (_, i) => (i % 3 === 0 ? 0 : 1))]),
  )

describe('SNIP in rounds, and FORCE', () => {
  test('both take the gradient at what the last round left; to FORCE what is removed is still worth something', async () => {
    const masks = thirds()
    const found = lossGradient(engine, await services.network(network.topology.model), examples, sampled)
    const sums = await found.at(applyMasks(network.weights, masks), 2)
    found.dispose()
    const [snip, foresight] = [
      await gradientCriterion.scorer({ kind: 'gradient', ...sampled, rounds: 3 }, network, services),
      await forceCriterion.scorer({ kind: 'force', ...sampled, rounds: 3 }, network, services),
    ]
    const [one, other] = [await snip.scores({ ...network, masks }, 2), await foresight.scores({ ...network, masks }, 2)]
    snip.dispose()
    foresight.dispose()
    const name = 'fc2/kernel'
    for (let i = 0; i < 300; i++) {
      const worth = Math.fround(Math.abs(network.weights.get(name)![i]! * sums.get(name)![i]!))
      expect(other.get(name)![i]).toBe(worth)
      expect(one.get(name)![i]).toBe(i % 3 === 0 ? 0 : worth)
    }
    expect([...other.get(name)!].filter((score, i) => i % 3 === 0 && score > 0).length).toBeGreaterThan(1000)
  })

  test('each round sees other batches, the same ones every time', async () => {
    const at = async (round: number) => {
      const found = lossGradient(engine, await services.network(network.topology.model), examples, sampled)
      const sums = await found.at(network.weights, round)
      found.dispose()
      return sums.get('out/kernel')!
    }
    const first = await at(1)
    expect(await at(1)).toEqual(first)
    expect(await at(2)).not.toEqual(first)
    // 64 examples are 8 batches of 8.
    expect(await at(9)).toEqual(first)
  })

  test('end with exactly as many weights as one round does, elsewhere', async () => {
    const [once, again, foresight] = [
      await pruned(gradient(0.95)),
      await pruned(gradient(0.95, { rounds: 5 })),
      await pruned(force(0.95, { rounds: 5 })),
    ]
    for (const masks of [once, again, foresight]) expect(left(masks).reduce((a, b) => a + b)).toBe(13_310)
    expect(again).not.toEqual(once)
    expect(foresight).not.toEqual(again)
  })
})

describe('GraSP', () => {
  test('Hg of a quadratic by hand: g = Aw − b, Hg = A(Aw − b)', async () => {
    const weights: Weights = new Map([
      ['fc1/kernel', Float32Array.of(1, -2)],
      ['out/kernel', Float32Array.of(3)],
      ['fc1/bias', Float32Array.of(5)],
    ])
    // A = [[2, 1, 0], [1, 3, 1], [0, 1, 4]], b = (1, 0, 2).
    const at = async (now: Weights) => {
      const [x, y, z] = [...now.get('fc1/kernel')!, ...now.get('out/kernel')!] as [number, number, number]
      return new Map([
        ['fc1/kernel', Float64Array.of(2 * x + y - 1, x + 3 * y + z)],
        ['out/kernel', Float64Array.of(y + 4 * z - 2)],
      ])
    }
    // g = (−1, −2, 8): Hg = (−4, 1, 30), and w · Hg = (−4, −2, 90).
    const product = await hessianGradient(weights, { at })
    const all = [...product.get('fc1/kernel')!, ...product.get('out/kernel')!]
    ;[-4, 1, 30].forEach((value, i) => {
      expect(all[i]).toBeCloseTo(value, 2)
    })
    const scores = await graspScores(weights, { at })
    ;[-4, -2, 90].forEach((value, i) => {
      expect([...scores.get('fc1/kernel')!, ...scores.get('out/kernel')!][i]).toBeCloseTo(value, 1)
    })
    expect([...scores.keys()]).toEqual(['fc1/kernel', 'out/kernel'])
  })

  test('Hg of a softmax regression by hand: x (diag(p) − ppᵀ)(gᵀx)', async () => {
    const [x, label] = [[0.5, -1, 2], 1]
    const probabilities = (w: Float32Array) => {
      const e = [0, 1].map((c) => Math.exp(x.reduce((sum, value, i) => sum + value * w[2 * i + c]!, 0)))
      return e.map((value) => value / (e[0]! + e[1]!))
    }
    const gradientOf = (w: Float32Array) =>
      Float64Array.from({ length: 6 }, (_, k) => x[k >> 1]! * (probabilities(w)[k % 2]! - (k % 2 === label ? 1 : 0)))
    const w = Float32Array.of(0.3, -0.2, 0.1, 0.4, -0.5, 0.25)
    const product = (
      await hessianGradient(new Map([['out/kernel', w]]), {
        at: async (now) => new Map([['out/kernel', gradientOf(now.get('out/kernel')!)]]),
      })
    ).get('out/kernel')!
    const [p, g] = [probabilities(w), gradientOf(w)]
    const gx = [0, 1].map((c) => x.reduce((sum, value, i) => sum + value * g[2 * i + c]!, 0))
    const mixed = p[0]! * gx[0]! + p[1]! * gx[1]!
    for (let k = 0; k < 6; k++) expect(product[k]).toBeCloseTo(x[k >> 1]! * p[k % 2]! * (gx[k % 2]! - mixed), 3)
  })

  test('prunes a real network to exactly as many weights, the same every time', async () => {
    const once = await pruned(grasp(0.9))
    expect(left(once).reduce((a, b) => a + b)).toBe(26_620)
    expect(await pruned(grasp(0.9))).toEqual(once)
  })

  test('the temperature that logits are divided by divides the gradient where all classes are as likely', async () => {
    const bound = await services.network(network.topology.model)
    const zeros: Weights = new Map(
      [...network.weights].map(([name, values]) => [name, name === 'out/kernel' ? values.map(() => 0) : values]),
    )
    const [warm, plain] = [lossGradient(engine, bound, examples, sampled, 200), lossGradient(engine, bound, examples, sampled)]
    const [a, b] = [(await warm.at(zeros, 1)).get('out/kernel')!, (await plain.at(zeros, 1)).get('out/kernel')!]
    warm.dispose()
    plain.dispose()
    for (let i = 0; i < 1000; i += 37) expect(a[i]).toBeCloseTo(b[i]! / 200, 6)
  })
})

describe('criteria of the user’s', () => {
  const fn = { name: 'score', fingerprint: '' } as never
  const asked = (score: unknown): StageServices => ({ ...services, userFunction: async () => score }) as unknown as StageServices

  test('|w · ∂L/∂w| of the gradient that it is given is SNIP', async () => {
    const score: Score = (weights, kernel) => weights.map((weight, i) => Math.abs(weight * kernel.gradient![i]!))
    const { spec } = gradient(0.9)
    const custom = { ...spec, criterion: { kind: 'custom', fn, gradient: sampled } } as PruneOptions
    const [own, snip] = [await masksAtOnce(network, custom, asked(score)), await pruned(gradient(0.9))]
    expect(left(own).reduce((a, b) => a + b)).toBe(26_620)
    // Sums are rounded to single precision before the function sees them.
    const differ = [...own].flatMap(([name, mask]) => [...mask].filter((bit, i) => bit !== snip.get(name)![i]))
    expect(differ.length).toBeLessThan(10)
  })

  test('the sum of absolute weights of each filter is the L1 norm: the same channels go', async () => {
    const bound = boundNetwork(engine, bnConv([8, 8]).spec)
    const whole = { topology: bound.topology, weights: initialise(bound.topology, 2), masks: new Map() }
    const conv = {
      ...asked((filter: Float32Array) => filter.reduce((sum, w) => sum + Math.abs(w), 0)),
      network: async () => bound,
    } as unknown as StageServices
    const own = await masksAtOnce(whole, { ...filterL1(0.5).spec, criterion: { kind: 'customFilter', fn } } as PruneOptions, conv)
    expect(own).toEqual(await masksAtOnce(whole, filterL1(0.5).spec as PruneOptions, conv))
    bound.dispose()
  })
})
