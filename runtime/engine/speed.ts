/** Training speed of an engine: about a second of real training steps per network. For display only. */
import type { Spec } from '../../dsl/parts/spec.ts'
import type { Engine } from '../../stdlib/engine.ts'
import { initialise } from '../../stdlib/models/structure/initialise.ts'
import { sizeOf } from '../../stdlib/network.ts'
import { boundNetwork } from '../../stdlib/network-registry.ts'
import { Stream } from '../../stdlib/random/stream.ts'
import { epochBatches, ResidentExamples } from '../../stdlib/training/examples.ts'
import { supervised } from '../../stdlib/training/objective.ts'
import { Trainer } from '../../stdlib/training/trainer.ts'

export interface Speed {
  readonly network: string
  readonly batch: number
  /** Steps that were timed, without the first ones, which compile. */
  readonly steps: number
  readonly stepMilliseconds: number
  readonly examplesPerSecond: number
}

const examples = 512
const batch = 64
const warmUp = 3

/** Trains a network on random images with SGD and momentum for about `seconds`, at least two steps. */
export async function speedOf(engine: Engine, spec: Spec, seconds: number): Promise<Speed> {
  const { tf } = engine
  const network = boundNetwork(engine, spec)
  const { input, classes } = network.topology
  const stream = new Stream(0, 'init', 0)
  const images = tf.tensor(
    Float32Array.from({ length: examples * sizeOf(input) }, () => stream.uniform()),
    [examples, ...input],
  )
  const labels = tf.tensor1d(
    Int32Array.from({ length: examples }, (_, i) => i % classes),
    'int32',
  )
  const trainer = new Trainer(engine, {
    name: spec.name,
    network,
    examples: new ResidentExamples(engine, images, labels),
    optimizer: { kind: 'sgd', lr: { kind: 'constant', lr: 0.01 }, momentum: 0.9, nesterov: false, weightDecay: 0 },
    batch,
    masking: 'none',
    objective: supervised,
  })
  trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
  const batches = epochBatches(0, 0, examples, batch)
  const step = (i: number) =>
    trainer.step({ indices: batches[i % batches.length]!, learningRate: 0.01, step: i, position: i, seed: 0, scalars: [] })
  for (let i = 0; i < warmUp; i++) await step(i)
  const start = performance.now()
  let steps = 0
  while (steps < 2 || performance.now() - start < seconds * 1000) await step(warmUp + steps++)
  const stepMilliseconds = (performance.now() - start) / steps
  trainer.dispose()
  tf.dispose([images, labels, ...network.variables.values()])
  return { network: spec.name, batch, steps, stepMilliseconds, examplesPerSecond: (1000 * batch) / stepMilliseconds }
}
