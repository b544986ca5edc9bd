/** `npm run bench -- data [EXAMPLES]`: time that steps wait for batches read from disk, compared with the same training from memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Model } from '../dsl/index.ts'
import { openDataset } from '../runtime/data/datasets.ts'
import { openEngine } from '../runtime/engine/open.ts'
import { dataFolder } from '../runtime/store/location.ts'
import { conv2, idx, lenet300, sgd } from '../stdlib/index.ts'
import { initialise } from '../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../stdlib/network-registry.ts'
import { Stream } from '../stdlib/random/stream.ts'
import { batchesFrom, StreamedExamples } from '../stdlib/training/examples.ts'
import { supervised } from '../stdlib/training/objective.ts'
import { Trainer } from '../stdlib/training/trainer.ts'

const side = 28
const cases = [
  { name: 'lenet300, batch 64', model: lenet300(), batch: 64, steps: 400 },
  { name: 'conv2, batch 128', model: conv2(), batch: 128, steps: 60 },
] as const

export async function main([given]: readonly string[]): Promise<void> {
  const examples = Number(given ?? 60_000)
  const folder = await mkdtemp(join(tmpdir(), 'espalier-bench-'))
  try {
    await writeFiles(folder, examples)
    const spec = idx({ from: folder, classes: 10, validation: 0.01 }).spec
    const engine = await openEngine({ threads: 2 })
    console.log(`${examples} examples of ${side} × ${side}, shuffled every epoch, engine ${engine.numerics.engine} on 2 threads`)
    for (const { name, model, batch, steps } of cases) {
      for (const limit of [Number.POSITIVE_INFINITY, 1]) {
        const data = await openDataset(dataFolder(join(folder, 'store')), spec, { limit })
        const source = data.examples(engine, 'train')
        const network = boundNetwork(engine, (model as Model<never>).spec)
        const trainer = new Trainer(engine, {
          name: 'bench',
          network,
          examples: source,
          optimizer: sgd({ lr: 0.01 }).spec,
          batch,
          masking: 'none',
          objective: supervised,
        })
        trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
        const order = [...batchesFrom(0, 0, steps + 20, source.count, batch)]
        source.ahead(order)
        let began = 0
        for (const [step, indices] of order.entries()) {
          if (step === 20) {
            began = performance.now() // the first steps trace and warm up
            if (source instanceof StreamedExamples) source.waited = 0
          }
          await trainer.step({ indices, learningRate: 0.01, step, position: step, seed: 0, scalars: [] })
        }
        const took = performance.now() - began
        const waited = source instanceof StreamedExamples ? `, waited ${((100 * source.waited) / took).toFixed(1)} % of the time` : ''
        console.log(
          `${name.padEnd(20)}  ${(data.streamed ? 'from disk' : 'from memory').padEnd(11)}  ${(took / steps).toFixed(2)} ms a step${waited}`,
        )
        trainer.dispose()
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function writeFiles(folder: string, examples: number): Promise<void> {
  const random = new Stream(0, 'data', 0)
  for (const [set, count] of [
    ['train', examples],
    ['t10k', 100],
  ] as const) {
    const pixels = Uint8Array.from({ length: count * side * side }, () => random.below(256))
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
    await writeFile(join(folder, `${set}-images-idx3-ubyte`), Buffer.concat([header(count, side, side), pixels]))
    await writeFile(join(folder, `${set}-labels-idx1-ubyte`), Buffer.concat([header(count), labels]))
  }
}

/** Header of an IDX file of bytes. */
function header(...shape: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length)
  bytes.writeUInt32BE(0x800 + shape.length)
  for (const [i, size] of shape.entries()) bytes.writeUInt32BE(size, 4 + 4 * i)
  return bytes
}
