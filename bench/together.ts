/**
 * Milliseconds per step of a small network's training when a call of the engine takes one step and when it takes several. Both take turns;
 * of several timings the least counts.
 *
 *   npm run bench -- together [--rounds 6] [--steps 600] [--threads 1]
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { OptimizerSpec } from '../dsl/parts/optimizer.ts'
import { openEngine } from '../runtime/engine/open.ts'
import type { Engine } from '../stdlib/engine.ts'
import { adam, lenet300, sgd } from '../stdlib/index.ts'
import { initialise } from '../stdlib/models/structure/initialise.ts'
import { type Masks, sizeOf, type Topology } from '../stdlib/network.ts'
import { boundNetwork } from '../stdlib/network-registry.ts'
import { Stream } from '../stdlib/random/stream.ts'
import { epochBatches, ResidentExamples } from '../stdlib/training/examples.ts'
import { supervised } from '../stdlib/training/objective.ts'
import { Trainer } from '../stdlib/training/trainer.ts'

const [count, batch, learningRate] = [8000, 64, 1e-3]
/** Of the weights that masks leave. */
const density = 0.1

const optimizers: { readonly [name: string]: OptimizerSpec } = {
  'SGD with momentum': sgd({ lr: learningRate }).spec,
  'SGD with momentum and decay': sgd({ lr: learningRate, weightDecay: 1e-4 }).spec,
  Adam: adam({ lr: learningRate }).spec,
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '6' },
      steps: { type: 'string', default: '600' },
      threads: { type: 'string', default: '1' },
    },
  })
  const engine = await openEngine({ threads: Number(values.threads) })
  console.log(
    `${cpus()[0]?.model.trim()}, LeNet-300-100, batch ${batch}, ${values.threads} threads; milliseconds per step, least of ${values.rounds}\n`,
  )
  console.log('| optimizer | masks | one step in a call | several | ratio |\n| --- | --- | --: | --: | --: |')
  for (const [name, optimizer] of Object.entries(optimizers))
    for (const masked of [false, true]) {
      const train = training(engine, optimizer, masked)
      for (const together of [true, false]) await train(together, 64)
      const least = { one: Number.POSITIVE_INFINITY, several: Number.POSITIVE_INFINITY }
      for (let round = 0; round < Number(values.rounds); round++) {
        least.one = Math.min(least.one, await train(false, Number(values.steps)))
        least.several = Math.min(least.several, await train(true, Number(values.steps)))
      }
      const { one, several } = least
      console.log(
        `| ${name} | ${masked ? `${100 * density} % left` : 'none'} | ${one.toFixed(2)} | ${several.toFixed(2)} | ${(several / one).toFixed(2)} |`,
      )
    }
}

/** Trains for so many steps; milliseconds per step. */
function training(engine: Engine, optimizer: OptimizerSpec, masked: boolean): (together: boolean, steps: number) => Promise<number> {
  const { tf } = engine
  const network = boundNetwork(engine, lenet300().spec)
  const labels = tf.tensor1d(
    Int32Array.from({ length: count }, (_, i) => i % network.topology.classes),
    'int32',
  )
  const examples = new ResidentExamples(engine, tf.randomUniform([count, ...network.topology.input], 0, 1, 'float32', 1), labels)
  const masking = masked ? 'fixed' : 'none'
  const trainer = new Trainer(engine, { name: 'bench', network, examples, optimizer, batch, masking, objective: supervised })
  trainer.start({ weights: initialise(network.topology, 0), masks: masked ? masksOf(network.topology) : new Map() })
  const batches = epochBatches(0, 0, count, batch)
  let step = 0
  return async (together, steps) => {
    const [start, first] = [performance.now(), step]
    while (step < first + steps) {
      const given = Array.from({ length: together ? trainer.together : 1 }, (_, i) => ({
        indices: batches[(step + i) % batches.length]!,
        learningRate,
        step: step + i,
        position: step + i,
        seed: 0,
        scalars: [],
      }))
      await trainer.steps(given)
      step += given.length
    }
    return (performance.now() - start) / (step - first)
  }
}

function masksOf({ parameters }: Topology): Masks {
  const stream = new Stream(0, 'init', 0)
  const mask = (shape: readonly number[]) => Uint8Array.from({ length: sizeOf(shape) }, () => (stream.uniform() < density ? 1 : 0))
  return new Map(parameters.filter(({ prunable }) => prunable).map(({ name, shape }) => [name, mask(shape)]))
}
