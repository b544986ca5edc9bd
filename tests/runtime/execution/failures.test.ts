import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Job } from '../../../runtime/execution/protocol.ts'
import { StoreProblem } from '../../../runtime/problem.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { asFailure, failures } from '../../../runtime/worker/problems.ts'
import type { Outcome } from '../../../runtime/worker/stage-context.ts'
import { compare } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { MemoryExecutor, until } from './memory-executor.ts'
import { graphOf, pathsOf, type Ran, type RunOptions, runIn, small } from './running.ts'
import { standingTime } from './test-clock.ts'

const [calm, wild] = [small(1, 1e-3).train(), small(1, 2e-3).train()]

async function running(more: RunOptions = {}) {
  const store = await temporaryStore()
  const hand = new MemoryExecutor(store)
  const events: RunEvent[] = []
  const study = compare({ calm, wild: wild.prune(0.5) })
  const resources = { slots: 2, threads: 1 }
  const { clock, pass, passUntil } = standingTime()
  const ran = runIn(store, graphOf(study), { executor: hand, clock, resources, onEvent: (event) => events.push(event), ...more })
  await until(() => hand.began.includes('calm/train') && hand.began.includes('wild/train'))
  /** Until so many attempts have failed and are to be made again. */
  const retried = (count: number) => until(() => events.filter(({ event }) => event === 'retry').length === count)
  return { hand, ran, events, pass, passUntil, retried }
}

const times = (paths: readonly string[], path: string) => paths.filter((one) => one === path).length

test('a failure that may pass is tried again after a while, twice that the next time, so often as was asked, and then is final', async () => {
  const { hand, ran, pass, retried } = await running({ retries: 2 })
  hand.finish('calm/train')
  for (const [before, after] of [
    [0.39, 0.22],
    [0.79, 0.42],
  ] as const) {
    const began = times(hand.began, 'wild/train')
    hand.fail('wild/train', failures.lost('signal SIGKILL', ''))
    await retried(began)
    await pass(before)
    expect(times(hand.began, 'wild/train')).toBe(began)
    await pass(after)
    await until(() => times(hand.began, 'wild/train') === began + 1)
  }
  hand.fail('wild/train', failures.lost('signal SIGKILL', ''))
  const done = await ran
  expect(pathsOf(done, 'retry')).toEqual(['wild/train', 'wild/train'])
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
  const { hand, ran, events, pass, retried } = await running({ retries: 1 })
  hand.fail('wild/train', failures.outOfMemory('signal SIGKILL'))
  await retried(1)
  const [retry] = events.filter((event) => event.event === 'retry')
  expect(retry!.problem.facts.map(([label]) => label)).toEqual(['estimated need', 'memory of the machine', 'at', 'code'])
  await pass(60)
  expect(times(hand.began, 'wild/train')).toBe(1)
  hand.finish('calm/train')
  await until(() => times(hand.began, 'wild/train') === 2)
  hand.finish('wild/train')
  expect((await ran).end.ok).toBe(true)
})

test.each([
  ['an artifact', { artifact: `sha256:${'0'.repeat(64)}` }],
  ['a snapshot', { snapshots: { 1: `sha256:${'0'.repeat(64)}` } }],
  ['a state', { state: `sha256:${'0'.repeat(64)}` }],
])('an outcome that names %s which is not in the store is refused', async (_, more) => {
  const store = await temporaryStore()
  const says = (made: Outcome, { work }: Job) => (work.kind === 'prune' ? { ...made, ...more } : made)
  const executor = new MemoryExecutor(store, { automatic: () => true, says })
  const { end, events } = await runIn(store, graphOf(wild.prune(0.5)), { executor, retries: 0 })
  expect(end.ok).toBe(false)
  const [failed] = events.filter((event) => event.event === 'stage-failed')
  expect(failed).toMatchObject({ path: 'prune', problem: { title: 'A stage ended with what is not in the store.' } })
  expect(failed!.problem.facts[0]![1]).toBe(`sha256:${'0'.repeat(64)}`)
})

test('a failure says where the user wrote the stage, with the line; so does a retry', async () => {
  const { hand, ran, passUntil, retried } = await running({ retries: 1 })
  hand.finish('calm/train')
  hand.fail('wild/train', failures.lost('signal SIGKILL', ''))
  await retried(1)
  await passUntil(() => times(hand.began, 'wild/train') === 2)
  hand.fail('wild/train', failures.batchTooLarge(9, 1))
  const { events } = await ran
  const [retry, failed] = ['retry', 'stage-failed'].map((name) => events.find(({ event }) => event === name)) as [Told, Told]
  const here = expect.stringMatching(/\/failures\.test\.ts:\d+:\d+$/)
  expect(retry.problem.facts).toContainEqual(['at', here])
  expect(failed.problem.facts.slice(-2)).toEqual([
    ['at', here],
    ['code', expect.stringMatching(/^> +\d+ \| const \[calm, wild\] = .*\.train\(\)\]$/m)],
  ])
})

type Told = Extract<RunEvent, { event: 'retry' | 'stage-failed' }>

test('a stage that finds its input damaged has it made again, and so has another one with its key', async () => {
  const store = await temporaryStore()
  let damage = true
  const { clock } = standingTime()
  const executor = new MemoryExecutor(store, {
    automatic: () => true,
    says: (made, { work }) => {
      if (work.kind !== 'prune' || !damage) return made
      damage = false
      const hex = work.inputs.model.slice('sha256:'.length)
      rmSync(join(store.layout.objects, hex.slice(0, 2), hex.slice(2)))
      return asFailure(new StoreProblem({ kind: 'missing', title: 'An object is missing.', facts: [], hint: '' }))
    },
  })
  const twice = compare({ one: wild.prune(0.5), two: wild.prune(0.5).prune(0.5) })
  const graph = graphOf(twice)
  const [pruning] = graph.stages.filter(({ kind }) => kind === 'prune')
  // As if the other arm had come to the same stage on a way of its own.
  const stages = [...graph.stages, { ...pruning!, id: 'again', path: 'again' }]
  const ran = await runIn(store, { ...graph, stages }, { executor, clock, resources: { slots: 2, threads: 1 } })
  expect(ran.end).toMatchObject({ ok: true, stages: { failed: 0 } })
  expect(times(executor.began, wildTrain(ran))).toBe(2)
  expect(pathsOf(ran, 'hit')).toContain('again')
})

const wildTrain = ({ events }: Ran) =>
  events.flatMap((event) => (event.event === 'stage-done' && event.kind === 'train' ? [event.path] : []))[0]!
