import { readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { dataFacts, openDataset } from '../../../runtime/data/datasets.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { layoutOf } from '../../../runtime/store/folder/layout.ts'
import { WorkerCache } from '../../../runtime/worker/cache.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { adam, idx, lenet300 } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { Evaluator } from '../../../stdlib/training/evaluator.ts'
import { batchesFrom } from '../../../stdlib/training/examples.ts'
import { supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import { idx as file } from '../../stdlib/data/idx-files.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const count = 400

async function written() {
  const root = await temporaryFolder()
  const random = new Stream(3, 'data', 0)
  const pixels = Uint8Array.from({ length: count * 784 }, () => random.below(256))
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
  for (const set of ['train', 't10k']) {
    await writeFile(join(root, `${set}-images-idx3-ubyte`), file([count, 28, 28], pixels))
    await writeFile(join(root, `${set}-labels-idx1-ubyte`), file([count], labels))
  }
  return { root, layout: layoutOf(join(root, '.espalier')), spec: idx({ from: root, classes: 10, by: 'seed' }).spec }
}

describe('a data set larger than the memory given to it', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine({ threads: 1 })
  })

  /** Two epochs of training and a measurement; the weights they end with. */
  async function trained(place: Awaited<ReturnType<typeof written>>, limit: number) {
    const data = await openDataset(place.layout, place.spec, { limit })
    const network = boundNetwork(engine, lenet300().spec)
    const examples = data.examples(engine, 'train')
    const trainer = new Trainer(engine, {
      name: 't',
      network,
      examples,
      optimizer: adam({ lr: 1e-3 }).spec,
      batch: 50,
      masking: 'none',
      objective: supervised,
    })
    trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
    const order = () => batchesFrom(5, 0, 14, examples.count, 50)
    examples.ahead(order())
    const losses: number[] = []
    for (const [step, indices] of [...order()].entries())
      losses.push((await trainer.step({ indices, learningRate: 1e-3, step, position: step, seed: 0, scalars: [] })).loss)
    const evaluator = new Evaluator(engine, 'e', network, data.examples(engine, 'validation'))
    return {
      streamed: data.streamed,
      losses,
      measured: await evaluator.measure(),
      logits: await evaluator.predict(),
      weights: await trainer.weights(),
    }
  }

  test('trains and measures to the same bits as one in memory', async () => {
    const place = await written()
    const [memory, disk] = [await trained(place, 1e9), await trained(place, 1e5)]
    expect([memory.streamed, disk.streamed]).toEqual([false, true])
    expect(disk.losses).toEqual(memory.losses)
    expect(disk.measured).toEqual(memory.measured)
    expect(disk.logits).toEqual(memory.logits)
    expect(disk.weights).toEqual(memory.weights)
  })

  test('says what is wrong when its file ends too early', async () => {
    const { layout, spec, root } = await written()
    const data = await openDataset(layout, spec, { limit: 1e5 })
    const name = (await readdir(join(root, '.espalier/data'))).find((each) => each.endsWith('.bin'))!
    await truncate(join(root, '.espalier/data', name), 1000)
    await expect(data.examples(engine, 'train').feed(Int32Array.of(0, 300))).rejects.toMatchObject({
      _tag: 'DataProblem',
      facts: [
        ['file', join(root, '.espalier/data', name)],
        ['reason', expect.stringContaining('the file ends at byte')],
      ],
    })
  })
})

describe('files that change', () => {
  test('are refused in the run that was planned with others, and read again in the next', async () => {
    const { layout, spec, root } = await written()
    const planned = await dataFacts(layout, spec)
    const cache = new WorkerCache({ data: layout, location: layout.root }, { threads: 1 })
    cache.begin({ source: null, data: planned.digest })
    const before = await cache.dataset(spec)
    await writeFile(join(root, 'train-labels-idx1-ubyte'), file([count], new Uint8Array(count)))
    expect(await cache.dataset(spec)).toBe(before) // what was planned, and still is in memory
    const fresh = new WorkerCache({ data: layout, location: layout.root }, { threads: 1 })
    fresh.begin({ source: null, data: planned.digest })
    await expect(fresh.dataset(spec)).rejects.toMatchObject({ title: 'The data set idx is not what it was when the stage was planned.' })
    const now = await dataFacts(layout, spec)
    cache.begin({ source: null, data: now.digest })
    expect((await cache.dataset(spec)).facts).toEqual(now)
  })
})
