import { expect, test } from 'vitest'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { compare, kd } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { artifactsOf, graphOf, type Ran, runIn, small } from './running.ts'

const started = ({ events }: Ran, kind: string) =>
  events.filter((event): event is Extract<RunEvent, { event: 'stage-start' }> => event.event === 'stage-start' && event.kind === kind)

test('a training that is only longer continues a cached one, to the bits and curves of one never interrupted', async () => {
  const [store, fresh] = [await temporaryStore(), await temporaryStore()]
  await runIn(store, graphOf(small(2).train()))
  const longer = graphOf(small(3).train())
  const continued = await runIn(store, longer)
  // 7,990 digits in batches of 64.
  expect(started(continued, 'train')).toMatchObject([{ steps: 3 * 124, resumedAt: 2 * 124 }])
  expect(continued.end.stages).toMatchObject({ resumed: 1 })
  const alone = await runIn(fresh, longer)
  expect(artifactsOf(continued)).toEqual(artifactsOf(alone))
  expect(continued.end.results).toEqual(alone.end.results)
  const { key } = started(continued, 'train')[0]!
  for (const series of ['train/loss', 'train/batch-loss', 'validation/accuracy'])
    expect(await store.results.metricsOf(key, series)).toEqual(await fresh.results.metricsOf(key, series))
  const weights = (of: typeof store) => of.index.all('SELECT epoch, weights FROM epoch_weights WHERE key = ?', key)
  expect(weights(store)).toEqual(weights(fresh))
  expect(weights(store).length).toBe(3)
})

test('a sweep over epochs trains once, in one run, and each length has the bits it has alone; so do distillations', async () => {
  const lengths = [3, 1, 2]
  const study = (all: readonly number[]) => {
    const teacher = small(1, 2e-3).train({ seed: 7 })
    return compare(
      Object.fromEntries(
        all.flatMap((epochs) => [
          [`t${epochs}`, small(epochs).train()],
          [`d${epochs}`, small(epochs).init().distill(teacher, kd(), { epochs })],
        ]),
      ),
    )
  }
  const together = await runIn(await temporaryStore(), graphOf(study(lengths)), { resources: { slots: 2, threads: 1 } })
  for (const kind of ['train', 'distill']) {
    const begins = started(together, kind).filter(({ path }) => !path.includes('teacher'))
    expect(begins.map(({ resumedAt = 0 }) => resumedAt / 124).sort()).toEqual([0, 1, 2])
  }
  const alone = await runIn(await temporaryStore(), graphOf(study([3])))
  for (const path of ['t3/train', 'd3/distill']) expect(artifactsOf(together)[path]).toBe(artifactsOf(alone)[path])
})

test('a replay that does not come to the weights of the first time fails, and says at which epoch', async () => {
  const store = await temporaryStore()
  await runIn(store, graphOf(small(2).train()))
  const rewound = graphOf(
    small(2)
      .train({ keep: { early: 1 } })
      .prune(0.5)
      .rewind('early'),
  )
  store.index.run('UPDATE epoch_weights SET weights = ? WHERE epoch = 1', 'ab'.repeat(32))
  const { events, end } = await runIn(store, rewound)
  expect(end.ok).toBe(false)
  expect(events.find((event) => event.event === 'stage-failed')).toMatchObject({
    path: 'train',
    problem: { title: 'Replaying the training came to other weights than the first time, at the end of epoch 1.' },
  })
})

test('a training whose length alone is shorter gives a rewind its point: nothing is replayed', async () => {
  const store = await temporaryStore()
  await runIn(store, graphOf(compare({ short: small(1).train(), long: small(2).train() })))
  const rewound = graphOf(
    small(2)
      .train({ keep: { early: 1 } })
      .prune(0.5)
      .rewind('early'),
  )
  const ran = await runIn(store, rewound)
  expect(ran.end.ok).toBe(true)
  expect(started(ran, 'train')).toEqual([])
  const fresh = await runIn(await temporaryStore(), rewound)
  expect(artifactsOf(ran).rewind).toBe(artifactsOf(fresh).rewind)
})
