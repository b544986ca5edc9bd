import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { idx, lenet300, sgd, task } from '../../../stdlib/index.ts'
import { idx as file } from '../../stdlib/data/idx-files.ts'
import { graphOf, runIn } from '../execution/running.ts'
import { temporaryFolder, temporaryStore } from '../store/temporary-store.ts'

test("with validation: 'test' all train, validation is the test examples, and no temperature is fitted to them", async () => {
  const from = await temporaryFolder()
  for (const [set, count] of [
    ['train', 40],
    ['t10k', 10],
  ] as const) {
    const pixels = Array.from({ length: count * 784 }, (_, i) => (i * 37) % 256)
    await writeFile(join(from, `${set}-images-idx3-ubyte`), file([count, 28, 28], pixels))
    const labels = Array.from({ length: count }, (_, i) => i % 3)
    await writeFile(join(from, `${set}-labels-idx1-ubyte`), file([count], labels))
  }
  const measured = async (validation: number | 'test') => {
    const data = idx({ from, classes: 3, validation })
    const trained = task({ model: lenet300({ classes: 3 }), data, optimizer: sgd({ lr: 0.1 }), epochs: 1, batch: 4 }).train()
    const { end, events } = await runIn(await temporaryStore(), graphOf(trained))
    expect(events.filter(({ event }) => event === 'stage-failed')).toEqual([])
    return end.results[0]!.metrics
  }
  const [onTest, held] = [await measured('test'), await measured(10)]
  expect(onTest['validation/loss']).toBe(onTest['test/loss'])
  expect(Object.keys(onTest).filter((name) => /temperature|calibrated/.test(name))).toEqual([])
  expect(held).toMatchObject({ temperature: expect.any(Number), 'test/calibrated-loss': expect.any(Number) })
  // 10 steps of 4 examples against 7 of 30.
  expect(onTest['training/macs']! / held['training/macs']!).toBeCloseTo(40 / 28, 9)
})
