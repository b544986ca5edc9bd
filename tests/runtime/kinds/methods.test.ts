/** Methods on real digits: what holds of their results to the bit. */
import { expect, test } from 'vitest'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import {
  batchEnsemble,
  bnConv,
  compare,
  cubic,
  digits,
  dpf,
  ensemble,
  filterL1,
  filterL2,
  gmp,
  lenet300,
  linearModeConnectivity,
  rethinkingArms,
  sgd,
  slimming,
  step,
  task,
  throughout,
} from '../../../stdlib/index.ts'
import { artifactsOf, graphOf, runIn } from '../execution/running.ts'
import { temporaryStore } from '../store/temporary-store.ts'

/** Without momentum nothing but weights, schedule and data order goes from one step to the next. */
const { init, train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: step(0.05), momentum: 0 }), epochs: 3 })

test('rewound to an epoch and trained on is never having stopped: schedule and data go on where they were', async () => {
  const graph = graphOf(
    compare({ whole: train(), again: train().rewind({ epoch: 1 }).train(), finetuned: train().finetune({ lr: 'rewind', from: 1 }) }),
  )
  const artifacts = artifactsOf(await runIn(await temporaryStore(), graph))
  expect(artifacts['again/train#2']).toBe(artifacts['whole/train'])
  expect(artifacts['finetuned/finetune']).not.toBe(artifacts['whole/train'])
})

test('pruned on the way, exactly as many are gone at the end as were asked for, whatever the period', async () => {
  const arms = {
    feedback: init().pipe(dpf({ sparsity: 0.9, every: 7, epochs: 1 })),
    fixed: init().pipe(dpf({ sparsity: 0.9, every: 50, refresh: 'ramp', epochs: 1 })),
    late: init().pipe(dpf({ sparsity: 0.9, every: 1000, epochs: 1 })),
    recovering: init().pipe(gmp({ sparsity: 0.9, every: 50, recover: true, scope: 'global', epochs: 1 })),
  }
  const store = await temporaryStore()
  const { end, events } = await runIn(store, graphOf(compare(arms)))
  expect(end.ok).toBe(true)
  for (const { metrics } of end.results) expect(metrics.sparsity).toBe(239_580 / 266_200)
  const flips = async (arm: string) => {
    const done = events.find((event) => event.event === 'stage-done' && event.kind === 'train' && event.path.startsWith(`${arm}/`))
    return store.results.metricsOf((done as { readonly key: string }).key, 'prune/flips')
  }
  const changes = async (arm: string) => (await flips(arm)).map(({ step }) => step)
  // 124 steps: every 7th; every 50th and the ramp's end at 93; the first and after the last.
  expect(await changes('feedback')).toEqual(Array.from({ length: 18 }, (_, i) => 7 * i))
  expect(await changes('fixed')).toEqual([0, 50, 93])
  expect(await changes('late')).toEqual([0, 124])
  expect((await flips('late'))[1]!.value).toBeCloseTo(0.9, 5)
})

test('a line between two copies begins and ends with them', async () => {
  const { end } = await runIn(
    await temporaryStore(),
    graphOf(compare({ line: init().pipe(linearModeConnectivity({ points: 3 })), a: train({ seed: 1 }) })),
  )
  expect(end.ok).toBe(true)
  expect(end.results).toHaveLength(4)
})

test('a shrunk network drawn again has first weights as wide as its own fans, and learns', async () => {
  const conv = task({ model: bnConv([8, 8]), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1 })
  const dense = conv.train()
  const arms = rethinkingArms({ dense, pruned: dense.prune(filterL1(0.5)).shrink(), epochs: 1, ratio: 2 })
  const store = await temporaryStore()
  const ran = await runIn(store, graphOf(compare(arms)))
  expect(ran.events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  const digest = artifactsOf(ran)['scratchE/reinit']
  const { topology, weights } = await readArtifact(store.objects, digest!)
  const second = topology.parameters.find(({ name }) => name === 'conv2/kernel')!
  expect(second.shape).toEqual([3, 3, 4, 4])
  // He normal, fan-in 3 · 3 · 4; of the large network it would be 3 · 3 · 8.
  expect(second.initializer).toEqual({ kind: 'normal', std: Math.sqrt(2 / 36) })
  const drawn = weights.get('conv2/kernel')!
  expect(Math.sqrt(drawn.reduce((sum, w) => sum + w * w, 0) / drawn.length) / Math.sqrt(2 / 36)).toBeGreaterThan(0.85)
})

test('whole filters go at once, softly, with feedback and by their scale; shrunk, each network measures what it did', async () => {
  const conv = task({ model: bnConv([8, 8]), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1 })
  const masked = {
    once: conv.train().prune(filterL1(0.5)),
    soft: conv.init().prune(filterL2(0.5), { schedule: throughout(), mode: 'soft', every: { epochs: 1 }, channels: 'silent' }),
    feedback: conv.init().dpf(filterL1(0.5), { every: 31, channels: 'silent' }),
    scale: conv.train({ gammaL1: 1e-3 }).prune(slimming(0.5, { minimum: 2 })),
  }
  const arms = Object.entries(masked).flatMap(([name, arm]) => [[name, arm] as const, [`${name} shrunk`, arm.shrink()] as const])
  const { end, events } = await runIn(await temporaryStore(), graphOf(compare(Object.fromEntries(arms))))
  expect(events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  const metrics = new Map(end.results.map((result) => [result.path, result.metrics]))
  for (const name of Object.keys(masked)) {
    const [whole, small] = [metrics.get(name)!, metrics.get(`${name} shrunk`)!]
    expect(small['test/loss']).toBeCloseTo(whole['test/loss']!, 5)
    expect(small.parameters).toBe(whole.parameters)
  }
})

test('budgets are met to one channel at once, softly, gradually and with feedback, and after the network was made smaller', async () => {
  const conv = task({ model: bnConv([8, 8]), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1 })
  const half = conv
    .train()
    .prune(filterL1({ macs: 0.5 }))
    .shrink()
  const arms = {
    dense: conv.train(),
    half,
    quarter: half.prune(filterL1({ macs: 0.5 })).shrink(),
    soft: conv
      .train()
      .prune(filterL2({ macs: 0.5 }), { schedule: throughout(), mode: 'soft', every: 31 })
      .shrink(),
    gradual: conv
      .init()
      .prune(filterL1({ macs: 0.5 }), { schedule: cubic(), every: 10 })
      .shrink(),
    feedback: conv
      .init()
      .dpf(filterL1({ parameters: 0.5 }), { every: 31 })
      .shrink(),
    scale: conv
      .train({ gammaL1: 1e-3 })
      .prune(slimming({ parameters: 0.5 }))
      .shrink(),
  }
  const { end, events } = await runIn(await temporaryStore(), graphOf(compare(arms)))
  expect(events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  const of = (arm: string) => end.results.find(({ path }) => path === arm)!.metrics
  // 196 · 9 · a + 49 · 9 · a · b + 10 · b MACs, and 9 · a + 9 · a · b + 2 · (a + b) + 10 · b + 10 parameters.
  const macs = (a: number, b: number) => 1764 * a + 441 * a * b + 10 * b
  const parameters = (a: number, b: number) => 9 * a + 9 * a * b + 2 * (a + b) + 10 * b + 10
  expect([of('dense').macs, of('dense').parameters]).toEqual([macs(8, 8), parameters(8, 8)])
  // One a layer, in turn: seven and seven, six and seven, …
  const turns = Array.from({ length: 14 }, (_, i) => [8 - Math.ceil((i + 1) / 2), 8 - Math.floor((i + 1) / 2)] as const)
  const first = turns.find(([a, b]) => macs(a, b) <= macs(8, 8) / 2)!
  for (const arm of ['half', 'soft', 'gradual']) expect([arm, of(arm).macs]).toEqual([arm, macs(...first)])
  expect(of('quarter').macs).toBeLessThanOrEqual(macs(...first) / 2)
  expect(of('feedback').parameters).toBe(parameters(...turns.find(([a, b]) => parameters(a, b) <= parameters(8, 8) / 2)!))
  expect(of('scale').parameters).toBeLessThanOrEqual(parameters(8, 8) / 2)
})

test('filters that grow back are gone at the end, with their constants in what reads them: only edges of maps differ', async () => {
  const conv = task({ model: bnConv([8, 8]), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1 })
  // From trained weights: a shift of zero under a ReLU, as at the start, lets no gradient through.
  const soft = conv.train().prune(filterL2(0.25), { schedule: throughout(), mode: 'soft', every: 31 })
  const { end, events } = await runIn(await temporaryStore(), graphOf(compare({ soft, shrunk: soft.shrink() })))
  expect(events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  const of = (arm: string) => end.results.find(({ path }) => path === arm)!.metrics
  const [whole, small] = [of('soft'), of('shrunk')]
  // 2 of 8 filters each: kernels of 72 and 576 weights, and the next ones' view of them stays.
  expect(whole.parameters).toBe(770 - 18 - 144)
  expect(small.parameters).toBe(9 * 6 + 9 * 36 + 2 * 12 + 6 * 10 + 10)
  expect(Math.abs(small['test/accuracy']! - whole['test/accuracy']!)).toBeLessThan(0.1)
  expect(small['test/loss']).not.toBe(whole['test/loss'])
})

test('masks that change after each epoch change after as many steps as the epoch has: bit for bit the same', async () => {
  const soft = (every: number | { readonly epochs: number }) =>
    init().prune(0.5, { schedule: throughout(), mode: 'soft', every, epochs: 2 })
  // 7,996 examples are 124 batches of 64.
  const ran = await runIn(await temporaryStore(), graphOf(compare({ epochs: soft({ epochs: 1 }), steps: soft(124), often: soft(62) })))
  const { epochs, steps, often } = Object.fromEntries(ran.end.results.map(({ path, artifact }) => [path, artifact]))
  expect(epochs).toBe(steps)
  expect(epochs).not.toBe(often)
})

test('a batch ensemble trained on labels: its members differ when their factors start apart, and are one network forever when not', async () => {
  const members = (spread: number) => {
    const setting = { model: batchEnsemble(lenet300(), 2, { spread }), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1 }
    const trained = task(setting).train()
    return { first: trained.mergeMembers({ member: 0 }), second: trained.mergeMembers({ member: 1 }) }
  }
  const [apart, alike] = [members(0.5), members(0)]
  const both = ensemble(2, (member) => (member === 0 ? apart.first : apart.second))
  const ran = await runIn(await temporaryStore(), graphOf(compare({ apart: compare(apart), alike: compare(alike), both })))
  const result = (path: string) => ran.end.results.find((one) => one.path === path)!
  const loss = (path: string) => result(path).metrics['test/loss']!
  const between = (arm: string) => Math.abs(loss(`${arm}/first`) - loss(`${arm}/second`))
  // Up to what rounding makes of the same numbers in other rows.
  expect(between('alike')).toBeLessThan(1e-4)
  expect(between('apart')).toBeGreaterThan(1e-3)
  // Together: the mean of their probabilities, whose loss is at most the mean of their losses (Jensen).
  expect(loss('both')).toBeLessThan((loss('apart/first') + loss('apart/second')) / 2)
})
