import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RunFiles, TaskFiles } from '../../../../runtime/execution/slurm/tasks.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { jobOf } from '../local/fake-worker.ts'

const ended = { format: 'espalier/slurm/1', task: 'a', end: { type: 'stopped', step: 1, steps: 2, because: 'asked' } }

async function runIn(): Promise<{ readonly run: RunFiles; readonly file: string }> {
  const folder = join(await temporaryFolder(), 'run-0')
  mkdirSync(folder)
  return { run: new RunFiles('a', folder), file: join(folder, 'ended.json') }
}

test('what one side writes the other reads, numbers that JSON lacks too', async () => {
  const { run } = await runIn()
  const progress = {
    type: 'progress',
    step: 1,
    steps: 2,
    epoch: 1,
    epochs: 1,
    loss: Number.NaN,
    accuracy: null,
    stepsPerSecond: Number.POSITIVE_INFINITY,
  } as const
  const status = { beat: 3, node: 'n1', started: { type: 'started', steps: 2, resumedAt: null }, progress, points: 1 } as const
  expect(await run.status()).toBeUndefined()
  await run.writeStatus(status)
  expect(await run.status()).toMatchObject(status)
  await run.writeEnded({ type: 'stopped', step: 1, steps: 2, because: 'limit' })
  expect((await run.ended())?.end).toEqual({ type: 'stopped', step: 1, steps: 2, because: 'limit' })
  const files = new TaskFiles(await temporaryFolder(), 'a')
  await files.writeTask({ job: jobOf('a'), beatSeconds: 5 })
  expect((await files.task())?.job).toEqual(jobOf('a'))
})

test.each([
  ['half a file', (file: string) => writeFileSync(file, JSON.stringify(ended).slice(0, 40)), /is invalid and was ignored/],
  ['an empty file', (file: string) => writeFileSync(file, ''), /is invalid and was ignored/],
  [
    'another version of the program',
    (file: string) => writeFileSync(file, JSON.stringify({ ...ended, format: 'espalier/slurm/0' })),
    /is invalid and was ignored/,
  ],
  ['an outcome of another task', (file: string) => writeFileSync(file, JSON.stringify({ ...ended, task: 'b' })), /it is of the task b/],
  [
    'an outcome that names a path',
    (file: string) =>
      writeFileSync(
        file,
        JSON.stringify({ ...ended, end: { type: 'done', outcome: { artifact: '../../x', snapshots: {}, metrics: {}, numerics: null } } }),
      ),
    /is invalid and was ignored/,
  ],
  ['a link', (file: string) => symlinkSync('/etc/hostname', file), /cannot be read/],
  ['a FIFO', (file: string) => execFileSync('mkfifo', [file]), /cannot be read/],
  ['a folder', (file: string) => mkdirSync(file), /cannot be read/],
  [
    'a file without end',
    (file: string) => {
      writeFileSync(file, '')
      truncateSync(file, 1e11)
    },
    /100000000000 bytes/,
  ],
])('%s is refused with a sentence', async (_, make, sentence) => {
  const { run, file } = await runIn()
  make(file)
  const refused = await run.ended().catch((cause: unknown) => cause)
  expect(refused).toMatchObject({ _tag: 'StageFailure', kind: 'worker-lost', transient: true })
  expect(String((refused as Error).message)).toMatch(sentence)
})

test('the task that was claimed last counts, and no other', async () => {
  const stage = await temporaryFolder()
  const [old, now] = [new TaskFiles(stage, 'old'), new TaskFiles(stage, 'now')]
  await old.claim('me')
  expect([await old.counts(), await old.counts('me'), await old.counts('another')]).toEqual([true, true, false])
  await now.claim('me')
  expect([await old.counts(), await now.counts()]).toEqual([false, true])
  await now.removeStage()
  expect(await now.counts()).toBe(false)
})
