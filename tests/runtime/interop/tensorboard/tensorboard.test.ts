import { execFileSync } from 'node:child_process'
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordsIn } from '../../../../runtime/interop/tensorboard/records.ts'
import { tensorboard } from '../../../../runtime/interop/tensorboard/tensorboard.ts'
import { RunFollower } from '../../../../runtime/interop/tracking/follow-run.ts'
import type { TrackedArm } from '../../../../runtime/interop/tracking/tracker.ts'
import type { RunEvent } from '../../../../runtime/run-event.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { pythonWith } from '../../../python-packages.ts'
import { temporaryFolder, temporaryStore } from '../../store/temporary-store.ts'
import { arm, cached, done, hit, kept, putCurve, started } from '../tracking/tracked.ts'

const { python, missing } = await pythonWith('tensorboard-2.21.0', ['tensorboard==2.21.0'])
// The last version whose `wandb sync` reads event files.
const wandb = await pythonWith('wandb-0.29.0', ['wandb==0.29.0', 'tensorboard==2.21.0'])

async function follow(folder: string, { results }: Store, events: readonly RunEvent[], arms: readonly TrackedArm[] = [arm]): Promise<void> {
  const warnings: unknown[] = []
  const follower = new RunFollower({ arms, results, tracker: tensorboard(folder, arms), warn: (problem) => warnings.push(problem) })
  for (const event of events) follower.note(event)
  await follower.close()
  expect(warnings).toEqual([])
}

const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))

async function theFile(folder: string): Promise<string> {
  const [file, ...others] = await filesIn(folder)
  expect(others).toEqual([])
  return file!
}

interface Read {
  readonly [run: string]: {
    readonly scalars: { readonly [tag: string]: readonly (readonly [seconds: number, step: number, value: number])[] }
    readonly parameters: { readonly [name: string]: string | number }
  }
}

test.skipIf(missing !== undefined)(
  `TensorBoard reads curves, results and hyperparameters${missing === undefined ? '' : `: ${missing}`}`,
  async () => {
    const [folder, store] = [await temporaryFolder(), await temporaryStore()]
    await follow(folder, store, cached(await kept(store)))
    const read = JSON.parse(execFileSync(python, [join(import.meta.dirname, 'read_events.py'), folder], { encoding: 'utf8' })) as Read
    expect(Object.keys(read)).toEqual([arm.path])
    const { scalars, parameters } = read[arm.path]!
    expect(parameters).toEqual({ seed: 0, arm: 'hybrid' })
    expect(scalars).toEqual({
      'train/loss.train': [1, 2, 3, 4].map((step) => [1_699_999_998 + step / 2, step, Math.fround(1 / step)]),
      'train/loss.finetune.2': [
        [1_699_999_999, 1, 1],
        [1_700_000_000, 2, 0.5],
      ],
      'test/accuracy': [[1_700_000_000, 0, 0.75]],
      'training/macs': [[1_700_000_000, 0, 12]],
    })
  },
)

test.skipIf(wandb.missing !== undefined)(
  `the converter of Weights & Biases reads every point${wandb.missing === undefined ? '' : `: ${wandb.missing}`}`,
  async () => {
    const [folder, store] = [await temporaryFolder(), await temporaryStore()]
    await follow(folder, store, cached(await kept(store)))
    const script = join(import.meta.dirname, 'read_with_wandb.py')
    const out = execFileSync(wandb.python, [script, join(folder, arm.path)], {
      encoding: 'utf8',
      env: { ...process.env, WANDB_MODE: 'offline' },
    })
    const rows = JSON.parse(out.trim().split('\n').at(-1)!) as readonly { readonly [key: string]: number }[]
    const points = (tag: string) => rows.flatMap((row) => (row[tag] === undefined ? [] : [row[tag]]))
    expect(points('train/loss.train')).toEqual([1, 2, 3, 4].map((step) => Math.fround(1 / step)))
    expect(points('train/loss.finetune.2')).toEqual([1, 0.5])
    expect(points('test/accuracy')).toEqual([0.75])
  },
)

test('a later run of the same goes on with the file and writes what it lacks, once', async () => {
  const [folder, store] = [await temporaryFolder(), await temporaryStore()]
  const made = await kept(store, { train: 2 })
  await follow(folder, store, [started(made.train), done([])])
  const file = await theFile(folder)
  const before = await readFile(file)
  // A version, the hyperparameters, two points.
  expect(recordsIn(before).contents).toHaveLength(4)
  await putCurve(store, made.train.key, 4)
  await follow(folder, store, cached(made))
  const after = await readFile(await theFile(folder))
  expect(after.subarray(0, before.byteLength).equals(before)).toBe(true)
  // Two more, two of the second training, two results.
  expect(recordsIn(after).contents).toHaveLength(4 + 2 + 2 + 2)
  await follow(folder, store, cached(made))
  expect((await readFile(await theFile(folder))).equals(after)).toBe(true)
})

test('what a killed run has not written to its end is taken away, and written again', async () => {
  const [folder, store] = [await temporaryFolder(), await temporaryStore()]
  const made = await kept(store)
  await follow(folder, store, cached(made))
  const file = await theFile(folder)
  const whole = await readFile(file)
  for (const end of [whole.byteLength - 1, whole.byteLength - 20, 5, 0]) {
    await writeFile(file, whole.subarray(0, end))
    await follow(folder, store, cached(made))
    expect(recordsIn(await readFile(file)).contents).toHaveLength(recordsIn(whole).contents.length)
    expect(recordsIn(await readFile(file)).end).toBe((await readFile(file)).byteLength)
  }
})

test('another computation in the same place takes the place of what was there, and of nothing else', async () => {
  const [folder, store] = [await temporaryFolder(), await temporaryStore()]
  const made = await kept(store)
  await follow(folder, store, cached(made))
  const first = await theFile(folder)
  const foreign = join(folder, arm.path, 'events.out.tfevents.1700000000.somebody.1.0')
  await appendFile(foreign, 'theirs')
  await follow(folder, store, [hit(made.train), done([])], [{ ...arm, origin: 'cd'.repeat(32) }])
  const files = await filesIn(folder)
  expect(files).toHaveLength(2)
  expect(files).toContain(foreign)
  expect(files).not.toContain(first)
})

test('arms have folders of their own below the one that was asked for, whatever they are called', async () => {
  const [folder, store] = [await temporaryFolder(), await temporaryStore()]
  const made = await kept(store)
  const named = (path: string, digit: string): TrackedArm => ({ ...arm, path, origin: digit.repeat(64) })
  const arms = [named('../../up', '1'), named('"a/b"', '2'), named('A:b', '3'), named('a?b', '4')]
  await follow(folder, store, [hit(made.train), hit(made.evaluate), done([])], arms)
  const folders = (await filesIn(folder)).map((file) => file.slice(folder.length + 1).replace(/\/events.*/, ''))
  expect(folders.sort()).toEqual(['A_b-33333333', '_/_/up', '_a/b_', 'a_b-44444444'])
})
