/** Residual networks whose blocks start with batch norm and ReLU (He et al., 2016b), without an activation after the sum. */
import type { LayersModel, Tf } from '../../engine.ts'
import type { SymbolicTensor } from '../structure/rebuild.ts'
import type { Shape } from './description.ts'
import { type Initialization, type Pieces, pieces } from './pieces.ts'
import { type Block, blocksOf, type Plan } from './residual.ts'

export interface PreActivation extends Shape {
  readonly plan: Plan
  readonly kernels: Initialization
  readonly classifier: Initialization
  /** Whether the shortcut of the first block starts after its activation, like shortcuts that change the shape. */
  readonly firstShared: boolean
  /** Fraction dropped before the second convolution of a block, in [0, 1). */
  readonly dropout: number
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export function buildPreActivated(tf: Tf, { input, classes, plan, kernels, classifier, firstShared, dropout }: PreActivation): LayersModel {
  const made = pieces(tf, kernels)
  const images = tf.input({ shape: input })
  let x = made.convolution(images, 'conv1', plan.stem)
  for (const [i, block] of blocksOf(plan).entries()) x = after(tf, made, x, block, block.changes || (i === 0 && firstShared), dropout)
  const last = made.relu(made.norm(x, 'bn'), 'relu')
  return tf.model({ inputs: images, outputs: made.classify(last, classes, classifier) })
}

/** @param shared whether the shortcut starts after the first activation */
function after({ layers }: Tf, made: Pieces, x: SymbolicTensor, block: Block, shared: boolean, dropout: number): SymbolicTensor {
  const { name, width, convolutions, strides, changes } = block
  const active = made.relu(made.norm(x, `${name}_bn1`), `${name}_relu1`)
  let y = active
  for (const [i, { filters, kernel }] of convolutions.entries()) {
    if (i > 0) y = made.relu(made.norm(y, `${name}_bn${i + 1}`), `${name}_relu${i + 1}`)
    // tf.layers types apply() for tensors and symbols at once.
    if (i === 1 && dropout > 0) y = layers.dropout({ name: `${name}_dropout`, rate: dropout }).apply(y) as SymbolicTensor
    // The 3 × 3 convolution has the stride.
    const steps = kernel === 3 && !convolutions.slice(0, i).some((before) => before.kernel === 3)
    y = made.convolution(y, `${name}_conv${i + 1}`, filters, { kernel, strides: steps ? strides : 1 })
  }
  const from = shared ? active : x
  const shortcut = changes ? made.convolution(from, `${name}_shortcut`, width, { kernel: 1, strides }) : from
  return made.add(y, shortcut, `${name}_add`)
}
