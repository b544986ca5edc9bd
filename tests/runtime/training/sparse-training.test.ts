/** Trainings that are sparse from the first step to the last: how many weights there are, where, and that they stop and go on. */
import { expect, test } from 'vitest'
import { granet, random, rigl, set } from '../../../stdlib/index.ts'
import { kept } from '../../../stdlib/masks.ts'
import { run, taskOf } from './in-process.ts'

const counts = ({ masks }: Awaited<ReturnType<typeof run>>) => Object.fromEntries([...masks].map(([name, mask]) => [name, kept(mask)]))
const changes = ({ points }: Awaited<ReturnType<typeof run>>) => points.filter(({ series }) => series === 'prune/flips')

const methods = {
  rigl: () =>
    taskOf()
      .init()
      .pipe(rigl({ sparsity: 0.5, every: 3 })),
  set: () =>
    taskOf()
      .init()
      .pipe(set({ sparsity: 0.5 })),
  granet: () =>
    taskOf()
      .init()
      .pipe(granet({ sparsity: 0.6, from: 0.3, every: 3 })),
}

test.each(Object.entries(methods))(
  '%s goes on from a checkpoint, after a change of the masks and between two, to the same bits',
  async (_, made) => {
    const [whole, resumed] = [await run(made()), await run(made(), [3, 10])]
    expect(resumed.artifact).toBe(whole.artifact)
    expect(changes(resumed)).toEqual(changes(whole))
  },
)

test('RigL and SET keep the number of weights of every layer, that of the static mask, and have others at the end', async () => {
  const still = await run(
    taskOf()
      .init()
      .prune(random(0.5, { scope: 'erk' }))
      .train(),
  )
  for (const made of [methods.rigl, methods.set]) {
    const moved = await run(made())
    expect(counts(moved)).toEqual(counts(still))
    expect(moved.masks).not.toEqual(still.masks)
    // 36 + 144 + 40 weights of kernels.
    expect(moved.metrics.sparsity).toBe(0.5)
  }
})

test('RigL changes masks from the first step on, every so many steps, until three quarters; a change beyond is none', async () => {
  const found = changes(await run(methods.rigl()))
  expect(found.map(({ step }) => step)).toEqual([0, 3, 6, 9, 12, 15, 18, 21])
  // 24 steps: none goes from step 18 on.
  expect(found.slice(-2).map(({ value }) => value)).toEqual([0, 0])
  expect(found.slice(1, 5).every(({ value }) => value > 0)).toBe(true)
})

test('SET begins with the drawn mask and changes it after each epoch', async () => {
  const found = changes(await run(methods.set()))
  expect(found.map(({ step }) => step)).toEqual([0, 8, 16])
  expect(found[0]!.value).toBe(0.5)
})

test('GraNet ends with exactly as many weights as were asked for', async () => {
  expect((await run(methods.granet())).metrics.sparsity).toBeCloseTo(132 / 220, 12)
})

test('the batch that a change is spent on moves no weight: the only step of a training with one is none', async () => {
  const once = (epochs: number) =>
    taskOf()
      .init()
      .pipe(rigl({ sparsity: 0.5, every: 1, end: 1, fraction: 0, epochs }))
  const { weights, masks } = await run(once(1))
  const still = await run(
    taskOf()
      .init()
      .prune(random(0.5, { scope: 'erk' })),
  )
  expect(masks).toEqual(still.masks)
  for (const [name, values] of Object.entries(still.weights)) if (!name.includes('moving')) expect(weights[name]).toEqual(values)
})
