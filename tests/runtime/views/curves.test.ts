import { expect, test } from 'vitest'
import { type CurvesAsked, curves } from '../../../runtime/views/curves.ts'
import type { StudiedArm } from '../../../runtime/views/study.ts'
import { keep, type Made } from '../store/stored.ts'
import { temporaryStore as store, type temporaryStore } from '../store/temporary-store.ts'
import { result } from '../terminal/events.ts'

type Store = Awaited<ReturnType<typeof temporaryStore>>
const asked: CurvesAsked = { file: 'a.pipeline.ts', target: 'default', series: 'train/loss' }
let seeds = 0

/** A finished training with its losses by step. */
async function training(at: Store, path: string, losses: { readonly [step: number]: number }, metrics = {}): Promise<Made> {
  const made = await keep(at, path, { seed: seeds++, metrics })
  const points = Object.entries(losses).map(([step, value]) => ({ series: 'train/loss', step: Number(step), value }))
  await at.results.putMetrics(made.key, points)
  return made
}
const trained = (arm: string, seed: number, trainings: StudiedArm['trainings']): StudiedArm => ({ ...result(arm, seed, {}), trainings })

test('mean and deviation over the seeds that have a step; a shorter seed does not shorten the curve', async () => {
  const at = await store()
  const [a, b] = [
    await training(at, 'seed=0/a/train', { 1: 2, 2: 1, 3: 0.5 }),
    await training(at, 'seed=1/a/train', { 1: 4, 2: 3 }, { 'earlyStop/step': 2 }),
  ]
  const view = await curves(
    at,
    [trained('a', 0, [a]), trained('a', 1, [b]), trained('a', 2, [{ path: 'seed=2/a/train', key: null }])],
    asked,
  )
  expect(view).toMatchObject({ y: { title: 'training loss', unit: 'nats' }, missing: [{ arm: 'a', measured: 2, of: 3 }] })
  expect(view.curves).toMatchObject([
    {
      arms: ['a'],
      stage: 'train',
      seeds: { measured: 2, of: 3 },
      points: [
        { step: 1, mean: 3, std: expect.closeTo(Math.SQRT2, 12), count: 2 },
        { step: 2, mean: 2, std: expect.closeTo(Math.SQRT2, 12), count: 2 },
        { step: 3, mean: 0.5, count: 1 },
      ],
      stopped: [{ seed: '1', step: 2 }],
      resumed: [],
    },
  ])
})

test('of an arm the last training that has the curve, or the one that is named; arms that share it are one curve', async () => {
  const at = await store()
  const [first, second, silent] = [
    await training(at, 'seed=0/dense/train', { 1: 3 }),
    await training(at, 'seed=0/pruned/train#2', { 1: 2 }),
    await training(at, 'seed=0/pruned/finetune', {}),
  ]
  const arms = [trained('dense', 0, [first]), trained('pruned', 0, [first, second, silent]), trained('oneShot', 0, [first])]
  const drawn = async (more = {}) =>
    (await curves(at, arms, { ...asked, ...more })).curves.map((curve) => [curve.arms.join(' '), curve.stage])
  expect(await drawn()).toEqual([
    ['dense oneShot', 'train'],
    ['pruned', 'train#2'],
  ])
  expect(await drawn({ stage: 'train' })).toEqual([['dense pruned oneShot', 'train']])
  await expect(drawn({ stage: 'distill' })).rejects.toThrow(
    /No arm has a training called 'distill'\.\n +trainings +finetune, train, train#2/,
  )
  await expect(drawn({ series: 'loss' })).rejects.toThrow(/curve called 'loss'\.\n +curves +train\/loss/)
})

test('where a training went on from a checkpoint is read in the logs of its runs', async () => {
  const at = await store()
  const { key, path } = await training(at, 'seed=0/a/train', { 10: 2, 20: 1 })
  for (const [outcome, resumedAt] of [
    ['stopped', undefined],
    ['resumed', 10],
  ] as const) {
    const run = await at.journal.begin({ file: '/a.pipeline.ts', target: 'default', started: 0 })
    const event = { event: 'stage-start', path, kind: 'train', key, steps: 20, ...(resumedAt === undefined ? {} : { resumedAt }) } as const
    await at.journal.write(run, [{ event, time: 0 }])
    const stages = [{ path, key, kind: 'train', outcome, seconds: 1, because: null }]
    await at.journal.finish(run, {
      status: 'done',
      seconds: 1,
      counts: null,
      stages,
      target: { file: '/a.pipeline.ts', target: 'default', keys: {} },
    })
  }
  const view = await curves(at, [trained('a', 0, [{ path, key }])], asked)
  expect(view.curves[0]!.resumed).toEqual([{ seed: '0', step: 10 }])
})

test('values that are not finite leave a gap in no curve', async () => {
  const at = await store()
  const made = await training(at, 'seed=0/a/train', { 1: 2, 2: Number.NaN, 3: 1 })
  expect((await curves(at, [trained('a', 0, [made])], asked)).curves[0]!.points.map(({ step }) => step)).toEqual([1, 3])
})
