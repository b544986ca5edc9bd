/** A pipeline in which everything is the user's own: data, network, layer, criterion, stage, loss. */
export const ownFiles = {
  'lib/scale.ts': 'export const scale = (x: number): number => x * 0.5\n',
  'lib/norm.ts': `import { scale } from './scale.ts'
export const normalise = (weights: Float32Array): Float32Array => weights.map((x) => scale(Math.abs(x)))
`,
  'lib/dots.ts': `
const numbers = (seed: number) => () => (seed = (seed * 16807) % 2147483647) / 2147483647
const split = (draw: () => number, examples: number) => {
  const images = new Float32Array(examples * 16)
  const labels = new Int32Array(examples)
  for (let i = 0; i < examples; i++) {
    labels[i] = i % 3
    for (let p = 0; p < 16; p++) images[i * 16 + p] = draw() + (p % 3 === i % 3 ? 0.5 : 0)
  }
  return { images, labels }
}
export const dots = () => {
  const draw = numbers(7)
  return { input: [4, 4, 1] as const, train: split(draw, 960), validation: split(draw, 90), test: split(draw, 90) }
}
`,
  'lib/net.ts': `import { layer, model } from 'espalier'
const swish = layer((x, tf) => tf.mul(x, tf.sigmoid(x)))
export const net = model(
  (tf) =>
    tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [4, 4, 1] }),
        tf.layers.dense({ name: 'fc1', units: 24 }),
        swish(tf),
        tf.layers.dense({ name: 'out', units: 3 }),
      ],
    }),
  { classes: 3, layers: { fc1: 24, out: 3 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 },
)
`,
  'a.pipeline.ts': `import { adam, compare, criterion, data, loss, params, stage, task } from 'espalier'
import { dots } from './lib/dots.ts'
import { net } from './lib/net.ts'
import { normalise } from './lib/norm.ts'

const { epochs } = params({ epochs: 4 })
const { init, train } = task({ model: net, data: data(3, dots), optimizer: adam({ lr: 3e-3 }), epochs, batch: 32 })
const dense = train()
const ticket = dense.prune(criterion(0.5, (weights) => normalise(weights))).finetune({ epochs: 2 })
const rounded = stage('rounded', ({ weights }, { steps }) => new Map(Array.from(weights, ([name, w]) => [name, w.map((x) => Math.round(x * steps) / steps)])), { steps: 64 })
const towards = loss(({ tf, student, teachers: [teacher] }) => tf.losses.meanSquaredError(teacher!, student))
export default compare({ dense, ticket, rounded: ticket.pipe(rounded), taught: init().distill(dense, towards) })
`,
}
