/** How long a network takes for a batch, by the clock of this machine: measured when asked, and no part of any result. */
import type { Engine } from '../../stdlib/engine.ts'
import type { Weights } from '../../stdlib/network.ts'
import { Stream } from '../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../stdlib/training/bound-network.ts'

export const masksAreNotFaster =
  'Masks make nothing faster: zeros are multiplied like other numbers. Only a network made smaller by shrink() takes less time.'

export interface Latency {
  /** Images at once. */
  readonly batch: number
  readonly runs: number
  /** Milliseconds: half of the runs took less, and one in twenty took more than the second. */
  readonly median: number
  readonly p95: number
}

const warmUps = 5
const fewest = 20

/** Runs it for `seconds`, at least 20 times after a few that do not count. The images are noise: how long it takes does not depend on them. */
export async function latency(engine: Engine, network: BoundNetwork, weights: Weights, batch: number, seconds: number): Promise<Latency> {
  const { tf } = engine
  const { input, model } = network.topology
  network.load(weights)
  const shape = [batch, ...input]
  const step = engine.compile(`${model.name}/latency`, [{ name: 'images', shape, dtype: 'float32' }], (images) => [
    network.logits(images!, false),
  ])
  const stream = new Stream(0, 'data', 0)
  const size = shape.reduce((product, n) => product * n, 1)
  const images = tf.tensor(
    Float32Array.from({ length: size }, () => stream.uniform()),
    shape,
  )
  const taken: number[] = []
  const end = performance.now() + 1000 * seconds
  for (let i = 0; i < warmUps + fewest || performance.now() < end; i++) {
    const began = performance.now()
    const [logits] = await step.run([images])
    await engine.read(logits!)
    if (i >= warmUps) taken.push(performance.now() - began)
    tf.dispose(logits!)
  }
  tf.dispose(images)
  step.dispose()
  const sorted = taken.toSorted((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]!
  return { batch, runs: sorted.length, median: at(0.5), p95: at(0.95) }
}
