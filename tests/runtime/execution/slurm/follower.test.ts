import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JobEvent } from '../../../../runtime/execution/executor.ts'
import type { JobState } from '../../../../runtime/execution/slurm/commands.ts'
import { type Ending, Follower } from '../../../../runtime/execution/slurm/follower.ts'
import { TaskFiles } from '../../../../runtime/execution/slurm/tasks.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

async function followed() {
  const files = new TaskFiles(await temporaryFolder(), 'task')
  mkdirSync(files.folder)
  const [events, endings, dropped]: [JobEvent[], Ending[], string[]] = [[], [], []]
  const follower = new Follower({
    ...{ files, pollSeconds: 30, onProven: () => {}, onEvent: (event) => events.push(event), settle: (ending) => endings.push(ending) },
    drop: async (job) => {
      dropped.push(String(job))
    },
  })
  follower.at = { name: 'espalier-x', index: 0, job: '7_0' }
  const told = (state: string | undefined) =>
    follower.told(state === undefined ? undefined : ({ job: '7_0', name: 'espalier-x', index: 0, state, node: 'n1' } satisfies JobState))
  const run = (restarts: number) => {
    mkdirSync(join(files.folder, `run-${restarts}`))
    return files.run(restarts)
  }
  const status = { beat: 0, node: 'n1', started: null, progress: null, points: 0 }
  return { files, follower, events, endings, dropped, told, run, status }
}

test.each([
  ['CANCELLED', 'Somebody cancelled the job of the stage.', true],
  ['NODE_FAIL', 'The node that computed the stage was lost.', true],
  ['OUT_OF_MEMORY', 'Slurm ended the job of the stage because it exceeded its memory limit.', true],
  ['FAILED', 'The job of the stage ended before its first message.', true],
  [undefined, 'The job of the stage disappeared without an outcome.', true],
])('a job that is %s twice has failed, and is tried again', async (state, title, transient) => {
  const { told, endings } = await followed()
  await told('RUNNING')
  await told(state)
  expect(endings).toEqual([])
  await told(state)
  expect(endings).toMatchObject([{ type: 'failed', failure: { title, transient } }])
})

test('a job that is over, and whose last words come late, has said them', async () => {
  const { told, endings, run, status } = await followed()
  await told('COMPLETED')
  const first = run(0)
  await first.writeStatus(status)
  await first.writeEnded({ type: 'stopped', step: 5, steps: 9, because: 'limit' })
  await told('COMPLETED')
  expect(endings).toMatchObject([{ type: 'stopped', step: 5, because: 'limit' }])
})

test('what Slurm ends and starts again is heard from its last start alone', async () => {
  const { told, follower, endings, events, run, status } = await followed()
  const first = run(0)
  await first.writeStatus({ ...status, started: { type: 'started', steps: 9, resumedAt: null } })
  await first.writeEnded({ type: 'stopped', step: 5, steps: 9, because: 'terminated' })
  await follower.look()
  for (const state of ['PENDING', 'PENDING', 'PENDING', 'RUNNING']) await told(state)
  expect(endings).toEqual([])
  const second = run(1)
  await second.writeStatus({ ...status, started: { type: 'started', steps: 9, resumedAt: 5 } })
  await second.writeEnded({ type: 'done', outcome: { artifact: null, snapshots: {}, metrics: {}, numerics: null } })
  // A node that was taken for lost ends after all.
  await first.writeEnded({ type: 'failed', kind: 'engine', transient: false, title: 't', facts: [], hint: 'h' })
  await follower.look()
  expect(endings).toMatchObject([{ type: 'done' }])
  expect(events.filter(({ type }) => type === 'started')).toMatchObject([{ resumedAt: null }, { resumedAt: 5 }])
})

test('curves and progress are told once each, in their order', async () => {
  const { follower, events, run, status } = await followed()
  const points = [0, 1].map((step) => ({ type: 'metrics' as const, points: [{ series: 'train/loss', step, value: 1 }] }))
  const only = run(0)
  for (const [i, each] of points.entries()) {
    await only.writePoints(i, each)
    await only.writeStatus({ ...status, beat: i, points: i + 1 })
    await follower.look()
    await follower.look()
  }
  expect(events.slice(1)).toEqual(points)
})

test('a job that Slurm takes to run and that stays silent is cancelled; one that waits may wait', async () => {
  const { told, endings, dropped } = await followed()
  for (let i = 0; i < 50; i++) await told('PENDING')
  for (let i = 0; i < 6; i++) await told('RUNNING')
  expect(endings).toEqual([])
  await told('RUNNING')
  expect(endings).toMatchObject([{ failure: { title: expect.stringMatching(/^The job sent no heartbeat for 210 seconds/) } }])
  expect(dropped).toEqual(['7_0'])
})
