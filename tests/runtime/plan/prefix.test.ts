import { describe, expect, test } from 'vitest'
import type { Position } from '../../../dsl/graph/expr.ts'
import type { TrainOptions } from '../../../dsl/graph/stage-options.ts'
import type { ScheduleSpec } from '../../../dsl/parts/schedule.ts'
import { lookup, lookups } from '../../../runtime/plan/lookup.ts'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import { dataKey, makePlan } from '../../../runtime/plan/plan.ts'
import { boundToItsEnd, prefixOf, shorterTrainings } from '../../../runtime/plan/prefix.ts'
import { trainingSteps } from '../../../runtime/plan/training-steps.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { planLines } from '../../../runtime/terminal/plan-view.ts'
import { planView } from '../../../runtime/views/plan.ts'
import { seeds, sweep } from '../../../stdlib/index.ts'
import { graphOf as compiled, small } from '../execution/running.ts'
import { numerics, smallNetwork, temporaryStore } from '../store/temporary-store.ts'
import { dataFacts, facts, graphOf, init, prune, train, trainOptions, warmup } from './stages.ts'

const withRate = (lr: ScheduleSpec): Pick<TrainOptions, 'optimizer'> => ({
  optimizer: { kind: 'sgd', lr, momentum: 0.9, nesterov: false, weightDecay: 0.0001 },
})
const cosineRate: ScheduleSpec = { kind: 'cosine', lr: 0.1, to: 0 }

describe('a training may be continued', () => {
  test.each<ScheduleSpec>([
    { kind: 'constant', lr: 0.1 },
    { kind: 'step', lr: 0.1, factor: 0.1, at: { epochs: [2, 3] } },
    warmup(1, { kind: 'constant', lr: 0.1 }),
  ])('when its schedule does not depend on its end: $kind', (lr) => {
    expect(boundToItsEnd({ ...trainOptions, ...withRate(lr) })).toBeUndefined()
  })

  test.each<[string, Partial<TrainOptions>]>([
    ['along a cosine', withRate(cosineRate)],
    ['along a cosine', withRate(warmup(1, cosineRate))],
    ['in a line', withRate({ kind: 'linear', lr: 0.1, to: 0 })],
    ['one cycle', withRate({ kind: 'oneCycle', lr: 0.1, rise: 0.3 })],
    ['fractions', withRate({ kind: 'step', lr: 0.1, factor: 0.1, at: { fractions: [0.5] } })],
    [
      'sparsity rises',
      { pruning: { options: prune('p', 't').options, schedule: { kind: 'cubic', from: 0, begin: 0, end: 1 }, every: 10, mode: 'freeze' } },
    ],
  ])('and not, saying why, when something goes %s', (why, options) => {
    expect(boundToItsEnd({ ...trainOptions, ...options })).toContain(why)
  })

  test('by one that differs in length alone', () => {
    const manifest = (options: Partial<TrainOptions>) => {
      const stage = train('t', 'i', options)
      return prefixOf(stage, manifestOf(stage, { model: facts.digest }, facts.digest))
    }
    expect(manifest({ epochs: 30 })).toBe(manifest({ epochs: 40 }))
    for (const other of [{ seed: 1 }, { batch: 5 }, { from: 1 }, { labelSmoothing: 0.1 }]) expect(manifest(other)).not.toBe(manifest({}))
    expect(prefixOf(init('i'), {})).toBeUndefined()
  })
})

test('of several lengths each continues the next shorter one', () => {
  const graph = graphOf(init('i'), train('t40', 'i', { epochs: 40 }), train('t10', 'i', { epochs: 10 }), train('t30', 'i', { epochs: 30 }))
  const names = [...shorterTrainings(graph)].map(([id, { path }]) => [id, path])
  expect(names.sort()).toEqual([
    ['t30', 't10'],
    ['t40', 't30'],
  ])
})

/** As `train(30)` has left it. */
async function trained(store: Store, options: Partial<TrainOptions> = {}, snapshots: { readonly [epoch: string]: string } = {}) {
  const stage = train('t', 'i', { epochs: 30, ...options })
  const manifest = manifestOf(stage, { model: facts.digest }, facts.digest)
  const [artifact, state] = [await writeArtifact(store.objects, smallNetwork(30)), await writeArtifact(store.objects, smallNetwork(31))]
  const key = keyOf(manifest)
  const result = { key, kind: 'train', path: 't', manifest, artifact, snapshots, metrics: {}, numerics, finished: 1, seconds: 1 }
  await store.results.put(result, {
    training: { prefix: prefixOf(stage, manifest), epochs: stage.options.epochs, state, weights: { '1': 'a', '2': 'b' } },
  })
  return { artifact, state }
}

const asked = (options: Partial<TrainOptions>, snapshots: readonly Position[] = []) => ({
  stage: train('t', 'i', options),
  inputs: { model: facts.digest },
  data: facts,
  snapshots,
  numerics,
})

describe('train(40) after train(30)', () => {
  test('resumes at epoch 30', async () => {
    const store = await temporaryStore()
    const { state } = await trained(store)
    const [found] = await lookups(store, [asked({ epochs: 40 })])
    expect(found).toMatchObject({ status: 'resume', step: 300, state })
    expect(found?.reasons).toEqual(['epochs 30 → 40', 'resumes at epoch 30/40, where a shorter training ended'])
  })

  test('does not under a cosine, and says why', async () => {
    const store = await temporaryStore()
    await trained(store, withRate(cosineRate))
    const [found] = await lookups(store, [asked({ epochs: 40, ...withRate(cosineRate) })])
    expect(found?.status).toBe('run')
    expect(found?.reasons).toEqual([
      'epochs 30 → 40',
      'cannot continue at epoch 30: its learning rate falls along a cosine to the end of the training',
    ])
  })

  test('does not under other numerics, nor when the state has gone', async () => {
    const store = await temporaryStore()
    await trained(store)
    expect(await lookup(store, { ...asked({ epochs: 40 }), numerics: { ...numerics, threads: 2 } })).toMatchObject({ status: 'run' })
    store.index.run('UPDATE training_states SET state = ?', `sha256:${'0'.repeat(64)}`)
    expect(await lookup(store, asked({ epochs: 40 }))).toMatchObject({ status: 'run' })
  })

  test('takes the end of train(30) as its snapshot, and does not pass one that is still to be made', async () => {
    const store = await temporaryStore()
    const { artifact } = await trained(store)
    expect(await lookup(store, asked({ epochs: 40 }, [{ epoch: 30 }]))).toMatchObject({
      status: 'resume',
      given: { '30': artifact },
      missing: [],
    })
    expect(await lookup(store, asked({ epochs: 40 }, [{ epoch: 35 }]))).toMatchObject({
      status: 'resume',
      step: 300,
      missing: [{ epoch: 35 }],
    })
    expect(await lookup(store, asked({ epochs: 40 }, [{ epoch: 20 }]))).toMatchObject({ status: 'run', missing: [{ epoch: 20 }] })
  })

  test('leaves its snapshots to shorter ones', async () => {
    const store = await temporaryStore()
    const snapshot = await writeArtifact(store.objects, smallNetwork(5))
    await trained(store, { epochs: 40 }, { '5': snapshot })
    const found = await lookup(store, asked({ epochs: 30 }, [{ epoch: 5 }]))
    expect(found).toMatchObject({ status: 'run', given: { '5': snapshot } })
  })
})

test('a replay must come to the weights that were noted; under other numerics it says that it is not compared', async () => {
  const store = await temporaryStore()
  await trained(store)
  expect(await lookup(store, asked({ epochs: 30 }, [{ epoch: 2 }]))).toMatchObject({
    status: 'run',
    missing: [{ epoch: 2 }],
    expected: { '1': 'a', '2': 'b' },
  })
  const elsewhere = await lookup(store, { ...asked({ epochs: 30 }, [{ epoch: 2 }]), numerics: { ...numerics, threads: 2 } })
  expect(elsewhere).toMatchObject({ expected: {} })
  expect(elsewhere.ignored).toEqual([
    'its result was made with other numerics (threads 1 instead of 2), so what is replayed is not compared with it',
  ])
})

test('the plan says where trainings of one sweep continue each other', async () => {
  const graph = graphOf(init('i'), train('t10', 'i', { epochs: 10 }), train('t40', 'i', { epochs: 40 }))
  const { stages } = await makePlan(graph, await temporaryStore(), dataFacts)
  expect(stages[2]!.reasons).toEqual(['waits for i', 'continues at epoch 10/40, where a shorter one ends'])
})

describe('what sharing saves', () => {
  test('a sweep over epochs trains once', () => {
    const graph = { ...graphOf(init('i'), ...[10, 20, 40].map((epochs) => train(`t${epochs}`, 'i', { epochs }))) }
    const arms = [10, 20, 40].map((n) => ({ path: `t${n}`, labels: [], model: `t${n}`, metrics: `t${n}` }))
    // Ten steps an epoch.
    expect(trainingSteps({ ...graph, targets: [{ name: 'default', arms }] }, dataFacts)).toEqual({ shared: 400, separate: 700 })
  })

  test('5 sparsities × 3 rewind points × 3 seeds take at least 2.5 times fewer steps than arm by arm, and the plan says both', async () => {
    const study = seeds(3, (seed) =>
      sweep({ sparsity: [0.5, 0.7, 0.8, 0.9, 0.95], point: [5, 10, 15] }, ({ sparsity, point }) =>
        small(20).train({ seed, keep: { point } }).prune(sparsity).rewind('point').train({ seed }),
      ),
    )
    const graph = compiled(study)
    const spec = graph.stages.find(({ kind }) => kind === 'train')!.options as TrainOptions
    const known = new Map([[dataKey(spec.data), { ...facts, trainExamples: 8000 }]])
    const steps = trainingSteps(graph, known)
    // 125 steps an epoch: 3 trainings of 20 epochs and 45 of 15, 10 or 5; arm by arm each begins with its own 20.
    const perEpoch = Math.floor(8000 / spec.batch)
    expect(steps).toEqual({ shared: (3 * 20 + 15 * (15 + 10 + 5)) * perEpoch, separate: (45 * 20 + 15 * (15 + 10 + 5)) * perEpoch })
    expect(steps.separate / steps.shared).toBeGreaterThanOrEqual(2.5)
    const { stages } = await makePlan(graph, await temporaryStore(), known)
    expect(planLines(planView(stages, { file: 'a.ts', target: 'default', edges: [], training: steps }))[1]).toMatch(
      /^Training takes [\d,]+ steps; arm by arm it would take [\d,]+, 2\.6 times as many\.$/,
    )
  })
})
