import * as Effect from 'effect/Effect'
import { expect, test } from 'vitest'
import type { RunRequest } from '../../../runtime/execution/scheduler.ts'
import { Slots } from '../../../runtime/execution/slots.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { failures } from '../../../runtime/worker/problems.ts'
import { compare } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { ByHand, until } from './by-hand.ts'
import { graphOf, pathsOf, runIn, small } from './running.ts'

const [calm, wild] = [small(1, 1e-3).train(), small(1, 2e-3).train()]

async function running(more: Partial<RunRequest> = {}) {
  const store = await temporaryStore()
  const hand = new ByHand(store)
  const events: RunEvent[] = []
  const study = compare({ calm, wild: wild.prune(0.5) })
  const resources = { slots: 2, threads: 1 }
  const ran = runIn(store, graphOf(study), { runner: hand.runner, resources, onEvent: (event) => events.push(event), ...more })
  await until(() => hand.began.includes('calm/train') && hand.began.includes('wild/train'))
  return { hand, ran, events }
}

const times = (paths: readonly string[], path: string) => paths.filter((one) => one === path).length

test('a failure that may pass is tried again, so often as was asked, and then is final', async () => {
  const { hand, ran } = await running({ retries: 1 })
  hand.finish('calm/train')
  hand.fail('wild/train', failures.lost('signal SIGKILL', ''))
  await until(() => times(hand.began, 'wild/train') === 2)
  hand.fail('wild/train', failures.lost('signal SIGKILL', ''))
  const done = await ran
  expect(pathsOf(done, 'retry')).toEqual(['wild/train'])
  expect(pathsOf(done, 'stage-failed')).toEqual(['wild/train'])
  expect(done.events.filter((event) => event.event === 'stage-skipped')).toEqual([
    { event: 'stage-skipped', path: 'wild/prune', because: 'wild/train failed' },
    { event: 'stage-skipped', path: 'wild/evaluate', because: 'wild/train failed' },
  ])
  expect(done.end).toMatchObject({ ok: false, interrupted: false, stages: { failed: 1, skipped: 2 } })
  expect(done.end.results.map(({ path }) => path)).toEqual(['calm'])
})

test('with retries 0 nothing is tried again', async () => {
  const { hand, ran } = await running({ retries: 0 })
  hand.finish('calm/train')
  hand.fail('wild/train', failures.lost('signal SIGKILL', ''))
  const done = await ran
  expect(times(hand.began, 'wild/train')).toBe(1)
  expect(pathsOf(done, 'retry')).toEqual([])
})

test('fail-fast: nothing new begins, what runs stops at a checkpoint, and the run has failed, not been interrupted', async () => {
  const { hand, ran } = await running({ failFast: true })
  hand.fail('wild/train', failures.batchTooLarge(9, 1))
  const done = await ran
  expect(hand.stopped).toEqual(['calm/train'])
  expect(done.events).toContainEqual({ event: 'stage-stopped', path: 'calm/train', step: 50, steps: 100 })
  expect(done.end).toMatchObject({ ok: false, interrupted: false, stages: { failed: 1 } })
  expect(hand.began).not.toContain('calm/evaluate')
})

test('a worker that the system ended for want of memory is told with the estimate, and tried again with nothing beside it', async () => {
  const { hand, ran, events } = await running({ retries: 1 })
  hand.fail('wild/train', failures.outOfMemory('signal SIGKILL'))
  await until(() => events.some(({ event }) => event === 'retry'))
  const [retry] = events.filter((event) => event.event === 'retry')
  expect(retry!.problem.facts.map(([label]) => label)).toEqual(['estimated need', 'memory of the machine'])
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(times(hand.began, 'wild/train')).toBe(1)
  hand.finish('calm/train')
  await until(() => times(hand.began, 'wild/train') === 2)
  hand.finish('wild/train')
  expect((await ran).end.ok).toBe(true)
})

test('stages that together want more memory than there is run one after the other, and one that alone wants too much runs all the same', async () => {
  const make = Effect.succeed({ run: () => Effect.never, stop: () => {}, kill: () => {} })
  const slots = new Slots({ slots: 3 }, { usual: make, processor: make }, 100)
  let [now, most] = [0, 0]
  const stage = (arm: number, bytes: number) =>
    slots.use({ rank: { arm, depth: 0 }, place: 'usual', bytes }, () =>
      Effect.promise(async () => {
        now += bytes
        most = Math.max(most, now)
        await new Promise((resolve) => setTimeout(resolve, 5))
        now -= bytes
        return arm
      }),
    )
  const together = (sizes: readonly number[]) =>
    Effect.runPromise(
      Effect.all(
        sizes.map((bytes, arm) => stage(arm, bytes)),
        { concurrency: 'unbounded' },
      ),
    )
  expect(await together([40, 40, 40, 40, 60])).toEqual([0, 1, 2, 3, 4])
  expect(most).toBe(100)
  ;[now, most] = [0, 0]
  expect(await together([500, 1])).toEqual([0, 1])
  expect(most).toBe(500)
})
