/**
 * Cost of checkpoints for a training: the same epochs with one every second and with none, in turns; of several timings the least counts.
 * The difference gives the cost of one, and from it the share of a training that writes one every 30 seconds, the default.
 *
 *   npm run bench -- checkpoints [--rounds 3] [--epochs 40] [--every 1]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as Effect from 'effect/Effect'
import { compile } from '../dsl/language/compile.ts'
import { dataFacts } from '../runtime/data/datasets.ts'
import { Interruption } from '../runtime/execution/interruption.ts'
import { localExecutor } from '../runtime/execution/local/executor.ts'
import { runOn } from '../runtime/execution/scheduler.ts'
import { dataKey } from '../runtime/plan/plan.ts'
import { openStore } from '../runtime/store/open.ts'
import { adam, digits, lenet300, task } from '../stdlib/index.ts'

/** Share of a training's time that checkpoints may take. */
const target = 0.02
const standardSeconds = 30

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      epochs: { type: 'string', default: '40' },
      every: { type: 'string', default: '1' },
    },
  })
  const [epochs, every] = [Number(values.epochs), Number(values.every)]
  const [without, withThem]: [number[], number[]] = [[], []]
  for (let round = 0; round < Number(values.rounds); round++) {
    without.push(await seconds(epochs, 1e6))
    withThem.push(await seconds(epochs, every))
  }
  const [plain, kept] = [Math.min(...without), Math.min(...withThem)]
  const written = Math.floor(kept / every)
  const each = (kept - plain) / Math.max(1, written)
  const share = Math.max(0, each) / standardSeconds
  const percent = (part: number) => `${(part * 100).toFixed(2)} %`
  console.log(
    `${cpus()[0]?.model.trim() ?? process.arch}, ${cpus().length} cores; LeNet-300-100 with Adam, ${epochs} epochs of 124 steps, least of ${values.rounds}`,
  )
  console.log(`without checkpoints       ${plain.toFixed(2)} s`)
  console.log(`one every ${every} s (${written})   ${kept.toFixed(2)} s`)
  console.log(
    `one costs ${(each * 1000).toFixed(1)} ms; every ${standardSeconds} s: ${percent(share)} of the time, target ${percent(target)}: ${share <= target ? 'met' : 'missed'}`,
  )
}

/** From the first step to the result in the store. */
async function seconds(epochs: number, checkpointEvery: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
  const store = await openStore(join(folder, '.espalier'))
  try {
    const data = digits()
    const graph = compile({ default: task({ model: lenet300(), data, optimizer: adam({ lr: 1.2e-3 }), epochs }).train() })
    const { name, options } = data.spec
    let [began, took] = [0, 0]
    const end = await Effect.runPromise(
      runOn(localExecutor({ store }), {
        graph,
        store,
        data: new Map([[dataKey({ name, options }), await dataFacts(store.data, { name, options })]]),
        file: 'bench.pipeline.ts',
        resources: { slots: 1, threads: 1 },
        interruption: new Interruption(),
        checkpointEvery,
        onEvent: (event) => {
          if (event.event === 'stage-start' && event.kind === 'train') began = performance.now()
          if (event.event === 'stage-done' && event.kind === 'train') took = (performance.now() - began) / 1000
        },
      }),
    )
    if (!end.ok) throw new Error('the training failed')
    return took
  } finally {
    store.close()
    rmSync(folder, { recursive: true })
  }
}
