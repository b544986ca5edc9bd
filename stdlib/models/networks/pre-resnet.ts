/** Residual networks with pre-activation for CIFAR (He et al., 2016b). */
import { oneOf } from '../../../dsl/check/checks.ts'
import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, cifarImages, classesIn, type ModelBuilder, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { heFanOut, likeTorch } from '../blocks/pieces.ts'
import { buildPreActivated } from '../blocks/pre-activation.ts'
import { type Blocks, type Plan, type Residual, residualLayers } from '../blocks/residual.ts'

/** Blocks per stage, by depth. */
const blocks = { 20: 3, 32: 5, 44: 7, 56: 9, 110: 18, 164: 18 } as const
/** Depths of `preResNet()`. */
export type PreResNetDepth = keyof typeof blocks

/** Layers `conv1`, `stage2_block1_conv2`, `stage2_block1_shortcut`, …, `out`. */
export interface PreResNet<D extends PreResNetDepth = PreResNetDepth, C extends number = 10>
  extends NormedNet<Residual<Blocks[(typeof blocks)[D]], D extends 164 ? 1 | 2 | 3 : 1 | 2, D extends 164 ? 1 | 2 | 3 : 2 | 3>, C> {}

/** Depth 164 has bottlenecks. */
const planOf = (depth: PreResNetDepth): Plan =>
  depth === 164
    ? { stem: 16, widths: [64, 128, 256], blocks: blocks[depth], bottleneck: 1 / 4 }
    : { stem: 16, widths: [16, 32, 64], blocks: blocks[depth] }

/**
 * A convolution, three stages of blocks that start with batch norm and ReLU, a final batch norm and ReLU, global average pooling, a linear
 * layer. Blocks have two 3×3 convolutions of 16, 32 and 64 channels (6n + 2 layers); at depth 164 they are bottlenecks with 64, 128 and 256
 * output channels (9n + 2). Where the shape changes, the shortcut is a 1×1 convolution after the block's first activation. Kernels are
 * He-normal (fan-out), the linear layer is initialised as in PyTorch.
 * @param depth 20, 32, 44, 56, 110 or 164
 */
export const preResNet = <const D extends PreResNetDepth, const C extends number = 10>(
  depth: D,
  options?: ClassesOption<C>,
): Model<PreResNet<D, C>> => {
  const classes = classesIn('preResNet()', options)
  const layers = residualLayers(planOf(oneOf('preResNet()', 'depth', depth, [20, 32, 44, 56, 110, 164])))
  return normedNet<PreResNet<D, C>>('preResNet', { depth }, layers, classes, cifarImages)
}

export const buildPreResNet: ModelBuilder = (tf, options) =>
  buildPreActivated(tf, {
    ...shapeIn(options, cifarImages),
    plan: planOf(options.depth as PreResNetDepth),
    kernels: heFanOut(tf),
    classifier: likeTorch(tf),
    firstShared: true,
    dropout: 0,
  })
