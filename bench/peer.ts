/**
 * One side of the engine's benchmark: trains the networks on Espalier's native engine and reports the time of its steps.
 * `node bench/peer.ts THREADS [xla|plain] [gpu]`; then one request per line on standard input, `NETWORK STEPS` or `product TIMES`, and one
 * line of JSON as the answer. `torch_peer.py` is the other side.
 */
import { createInterface } from 'node:readline'
import { computeHereOn, findGpus } from '../runtime/engine/gpu.ts'
import { openEngine } from '../runtime/engine/open.ts'
import type { BenchName } from './networks.ts'
import { product, type Training, training } from './training.ts'

/** Calls before a network's first timing: the first compiles, the next ones fill the library's caches. */
const warmUp = 3

const [threads, xla, device] = process.argv.slice(2)
const { gpus } = device === 'gpu' ? await findGpus() : { gpus: [] }
computeHereOn(gpus)
const engine = await openEngine({ threads: Number(threads), xla: xla === 'xla', ...(gpus[0] === undefined ? {} : { gpu: gpus[0].name }) })
const trainings = new Map<string, Pick<Training, 'once' | 'together' | 'gflop'>>()

for await (const line of createInterface({ input: process.stdin })) {
  const [name, count] = line.split(' ') as [BenchName | 'product', string]
  let its = trainings.get(name)
  if (its === undefined) {
    its = name === 'product' ? product(engine) : training(engine, name)
    trainings.set(name, its)
    for (let i = 0; i < warmUp; i++) await its.once()
  }
  let loss = Number.NaN
  const start = performance.now()
  const calls = Math.ceil(Number(count) / its.together)
  for (let i = 0; i < calls; i++) loss = await its.once()
  console.log(
    JSON.stringify({
      milliseconds: (performance.now() - start) / (calls * its.together),
      loss,
      gflop: its.gflop,
      numerics: engine.numerics,
    }),
  )
}
