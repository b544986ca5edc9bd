/** Weights kept at a step inside an epoch, and trainings that go on from there. */
import { expect, test } from 'vitest'
import { dataFacts } from '../../../runtime/data/datasets.ts'
import { Interruption } from '../../../runtime/execution/interruption.ts'
import { foresee } from '../../../runtime/plan/foresight/foresee.ts'
import { dataKey } from '../../../runtime/plan/plan.ts'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { compare, digits, lenet300, sgd, task } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { artifactsOf, graphOf, pathsOf, runIn, small } from './running.ts'

// 7,996 examples in batches of 64: 124 steps an epoch.
const { init, train } = small(2)
const weightsAt = async (store: Store, digest: string) => {
  const { topology: _, ...values } = await readArtifact(store.objects, digest)
  return values
}

test('{ step: 124 } is the end of the first epoch to the bit, { step: 248 } the end of the training', async () => {
  const store = await temporaryStore()
  const dense = train()
  const to = (at: { epoch: number } | { step: number }) => dense.prune(0.5).rewind(at)
  const ran = await runIn(store, graphOf(compare({ epoch: to({ epoch: 1 }), step: to({ step: 124 }), end: to({ step: 248 }) })))
  expect(ran.end.ok).toBe(true)
  const made = artifactsOf(ran)
  expect(made['step/rewind']).toBe(made['epoch/rewind'])
  expect(made['end/rewind']).toBe(made['epoch/prune'])
})

test('going on from a step does what the first training did from there, halves of epochs included', async () => {
  const store = await temporaryStore()
  // Nothing is removed, and the optimizer's state is the only difference: with none of it, the weights at the end are the same.
  const plain = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.05, momentum: 0 }), epochs: 2 })
  const dense = plain.train({ keep: { half: { step: 62 } } })
  const ran = await runIn(store, graphOf(compare({ dense, again: dense.rewind('half').train() })))
  expect(ran.end.ok).toBe(true)
  const made = artifactsOf(ran)
  expect(made['again/train#2']).toBe(made['dense/train'])
  const done = ran.events.filter((event) => event.event === 'stage-start' && event.kind === 'train')
  expect(done.map((event) => 'steps' in event && event.steps)).toEqual([248, 186])
  const key = ran.events.find((event) => event.event === 'stage-done' && event.path === 'again/train#2')
  const points = await store.results.metricsOf((key as { key: string }).key, 'train/loss')
  const first = await store.results.metricsOf((done[0] as { key: string }).key, 'train/loss')
  expect(points.map(({ step }) => step)).toEqual([124, 248])
  // A mean over the 62 steps that were done, not over 124.
  expect(points[0]!.value / first[0]!.value).toBeGreaterThan(0.3)
  expect(points[1]!.value).toBe(first[1]!.value)
})

test('a snapshot that a finished training did not keep is replayed up to its step, with the bits it would have had', async () => {
  const [before, after] = [await temporaryStore(), await temporaryStore()]
  const ticket = train().prune(0.5).rewind({ step: 70 })
  await runIn(before, graphOf(train()))
  const replayed = await runIn(before, graphOf(ticket))
  expect(pathsOf(replayed, 'stage-start')).toContain('train')
  const atOnce = await runIn(after, graphOf(ticket))
  expect(artifactsOf(replayed).rewind).toBe(artifactsOf(atOnce).rewind)
  expect(pathsOf(await runIn(before, graphOf(ticket)), 'stage-start')).toEqual([])
})

test('stopped after the step and continued, the snapshot is still there', async () => {
  const [store, whole] = [await temporaryStore(), await temporaryStore()]
  const ticket = init()
    .train({ keep: { early: { step: 5 } } })
    .prune(0.5)
    .rewind('early')
  const interruption = new Interruption()
  const first = await runIn(store, graphOf(ticket), {
    interruption,
    onEvent: (event) => {
      if (event.event === 'progress' && event.step > 5 && !interruption.requested) interruption.request()
    },
  })
  expect(pathsOf(first, 'stage-stopped')).toEqual(['train'])
  const second = await runIn(store, graphOf(ticket))
  expect(second.end.stages.resumed).toBe(1)
  expect(artifactsOf(second).rewind).toBe(artifactsOf(await runIn(whole, graphOf(ticket))).rewind)
  expect((await weightsAt(store, artifactsOf(second).rewind!)).masks.size).toBeGreaterThan(0)
})

test.each([
  [
    'a step that the training never reaches',
    train().prune(0.5).rewind({ step: 249 }).train(),
    /^Step 249 lies beyond the training, which ends at step 248/,
  ],
  ['going on from the end', train().prune(0.5).rewind({ step: 248 }).train(), /^Step 248 lies beyond the training/],
])('%s is refused before anything runs', async (_, pipeline, says) => {
  const store = await temporaryStore()
  const data = new Map([[dataKey(digits().spec), await dataFacts(store.data, digits().spec)]])
  expect(() => foresee(graphOf(pipeline), data)).toThrow(says)
  expect(() => foresee(graphOf(train().prune(0.5).rewind({ step: 248 })), data)).not.toThrow()
})
