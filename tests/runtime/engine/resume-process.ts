/**
 * Trains a network with batch norm and dropout on images that are shifted, mirrored and made noisy at random, from one step to
 * another, and prints the digest of everything a checkpoint holds; run as a process by resume.test.ts.
 */

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { OptimizerSpec } from '../../../dsl/parts/optimizer.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, LayersModel, Tensor, Tf } from '../../../stdlib/engine.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { BoundNetwork } from '../../../stdlib/training/bound-network.ts'
import { epochBatches, upload } from '../../../stdlib/training/examples.ts'
import { type Batch, type Objective, supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import { digits } from './portable/digits-training.ts'

export interface Part {
  readonly engine: 'tensorflow' | 'portable'
  readonly threads: number
  readonly xla: boolean
  /** Steps of the whole training done before: 0, or as many as the checkpoint has. */
  readonly from: number
  /** Steps after which a checkpoint is written, when they begin at 0. */
  readonly save: number
  readonly to: number
  readonly file: string
  /** Added to the step that random numbers are drawn for: 0 in a right continuation. */
  readonly astray: number
}

const seed = 11
const batch = 32
const optimizer: OptimizerSpec = {
  kind: 'sgd',
  lr: { kind: 'constant', lr: 0.05 },
  momentum: 0.9,
  nesterov: true,
  weightDecay: 1e-4,
}

function droppingNet({ layers, sequential }: Tf): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ name: 'conv1', inputShape: [28, 28, 1], filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
      layers.batchNormalization({ name: 'bn1', momentum: 0.9, epsilon: 1e-5 }),
      layers.activation({ name: 'relu1', activation: 'relu' }),
      layers.conv2d({ name: 'conv2', filters: 12, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.maxPooling2d({ name: 'pool', poolSize: 2 }),
      layers.flatten({ name: 'flatten' }),
      layers.dropout({ name: 'dropout', rate: 0.3 }),
      layers.dense({ name: 'out', units: 10 }),
    ],
  })
}

/** Images moved right by up to three columns, mirrored with probability ½, with noise. */
function augmented(engine: Engine, { images, ...rest }: Batch): Batch {
  const { tf } = engine
  const [count, height, width] = images.shape as [number, number, number]
  const each = (choices: number) => tf.floor(tf.mul(engine.random('uniform', [count, 1, 1, 1]), choices))
  const padded = tf.pad(images, [
    [0, 0],
    [0, 0],
    [3, 0],
    [0, 0],
  ])
  const by = each(4)
  const moved = tf.addN(
    [0, 1, 2, 3].map((columns) => {
      const window = tf.slice(padded, [0, 0, 3 - columns, 0], [count, height, width, 1])
      return tf.mul(window, tf.cast(tf.equal(by, columns), 'float32')) as Tensor
    }),
  )
  const mirrored = each(2)
  const turned = tf.add(tf.mul(moved, tf.sub(1, mirrored)), tf.mul(tf.reverse(moved, 2), mirrored))
  return { ...rest, images: tf.add(turned, tf.mul(engine.random('normal', images.shape), 0.1)) }
}

const objective: Objective = { ...supervised, perturbed: ({ engine, batch }) => augmented(engine, batch) }

async function train({ from, save, to, file, astray, ...settings }: Part): Promise<string> {
  const engine = await openEngine(settings)
  const network = new BoundNetwork(engine, { name: 'dropping', options: {} }, droppingNet(engine.tf))
  const examples = upload(engine, digits, 'train')
  const trainer = new Trainer(engine, { name: 'train', network, examples, optimizer, batch, masking: 'none', objective })
  trainer.start({ weights: initialise(network.topology, seed), masks: new Map() })
  if (from > 0) {
    const bytes = readFileSync(file)
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    let at = 0
    const state = [...(await trainer.state())].map(([name, { length }]) => {
      at += length
      return [name, values.slice(at - length, at)] as const
    })
    trainer.resume(new Map(state))
  }
  const batches = epochBatches(seed, 0, examples.count, batch)
  for (let step = from; step < to; step++) {
    const { loss } = await trainer.step({
      indices: batches[step]!,
      learningRate: 0.05,
      step,
      position: step + astray,
      seed,
      scalars: [],
    })
    if (!Number.isFinite(loss)) throw new Error(`The loss of step ${step} is ${loss}.`)
    if (from === 0 && step + 1 === save) writeFileSync(file, await bytesOf(trainer))
  }
  return createHash('sha256')
    .update(await bytesOf(trainer))
    .digest('hex')
}

const bytesOf = async (trainer: Trainer): Promise<Buffer> =>
  Buffer.concat(
    [...(await trainer.state()).values()].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  )

console.log(await train(JSON.parse(process.argv[2]!)))
