/** The standard library's trainer over the digits, on any engine. */

import type { OptimizerSpec } from '../../../../dsl/parts/optimizer.ts'
import type { Spec } from '../../../../dsl/parts/spec.ts'
import { digitsSource } from '../../../../stdlib/data/digits.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { initialise } from '../../../../stdlib/models/structure/initialise.ts'
import type { Masks } from '../../../../stdlib/network.ts'
import { boundNetwork } from '../../../../stdlib/network-registry.ts'
import { epochBatches, upload } from '../../../../stdlib/training/examples.ts'
import { supervised } from '../../../../stdlib/training/objective.ts'
import { Trainer } from '../../../../stdlib/training/trainer.ts'
import { digitsFiles } from '../../../digits-files.ts'

const batch = 64
const seed = 3

export const digits = digitsSource.decode(digitsFiles, {})

const lr = { kind: 'constant', lr: 0.05 } as const
export const sgd: OptimizerSpec = { kind: 'sgd', lr, momentum: 0.9, nesterov: false, weightDecay: 1e-4 }
export const adam: OptimizerSpec = { kind: 'adam', lr: { kind: 'constant', lr: 5e-3 }, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }

export const builtIn: readonly (readonly [Spec, OptimizerSpec])[] = [
  [{ name: 'lenet300', options: {} }, sgd],
  [{ name: 'conv2', options: {} }, sgd],
  [{ name: 'bnConv', options: { widths: [8, 16, 16] } }, adam],
]

/** A network of `spec` with a trainer, at its first weights. */
export function digitsTraining(engine: Engine, spec: Spec, optimizer: OptimizerSpec, masks: Masks = new Map()) {
  const network = boundNetwork(engine, spec)
  const examples = upload(engine, digits, 'train')
  const trainer = new Trainer(engine, {
    name: 'train',
    network,
    examples,
    optimizer,
    batch,
    masking: masks.size > 0 ? 'fixed' : 'none',
    objective: supervised,
  })
  trainer.start({ weights: initialise(network.topology, seed), masks })
  const batches = epochBatches(seed, 0, examples.count, batch)
  const learningRate = optimizer.lr.kind === 'constant' ? optimizer.lr.lr : 0
  return {
    network,
    trainer,
    stepsOfEpoch: batches.length,
    /** Losses of the steps `from` … `to` − 1. */
    async run(from: number, to: number): Promise<number[]> {
      const losses: number[] = []
      for (let step = from; step < to; step++) {
        const indices = batches[step % batches.length]!
        losses.push((await trainer.step({ indices, learningRate, step, position: step, seed, scalars: [] })).loss)
      }
      return losses
    },
    dispose() {
      trainer.dispose()
      network.dispose()
      engine.tf.dispose([examples.images, examples.labels])
    },
  }
}
