/** Residual networks for CIFAR (He et al., 2016a, section 4.2), and the wider ones of the distillation literature. */
import type { Json } from '../../../dsl/check/canonical.ts'
import { oneOf } from '../../../dsl/check/checks.ts'
import type { Model } from '../../../dsl/index.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import { type ClassesOption, cifarImages, classesIn, type ModelBuilder, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { heFanOut, type Initialization, likeTorch, pieces } from '../blocks/pieces.ts'
import { type Blocks, blocksOf, type Plan, type Residual, residualLayers } from '../blocks/residual.ts'

/** Blocks per stage, by depth. */
const blocks = { 8: 1, 14: 2, 20: 3, 32: 5, 44: 7, 56: 9, 110: 18 } as const
/** Depths of `resnet()`. */
export type ResNetDepth = keyof typeof blocks

/** Layers `conv1`, `stage2_block1_conv2`, `stage2_block1_shortcut`, …, `out`. */
export interface ResNet<D extends ResNetDepth = ResNetDepth, C extends number = 10>
  extends NormedNet<Residual<Blocks[(typeof blocks)[D]], 1 | 2, 2 | 3>, C> {}

/** The layer names are those of `ResNet`. */
export interface ResNetX4<D extends 8 | 32 = 8 | 32, C extends number = 10>
  extends NormedNet<Residual<Blocks[D extends 8 ? 1 : 5], 1 | 2, 1 | 2 | 3>, C> {}

const narrow = (depth: ResNetDepth): Plan => ({ stem: 16, widths: [16, 32, 64], blocks: blocks[depth] })
const fourTimes = (depth: 8 | 32): Plan => ({ stem: 32, widths: [64, 128, 256], blocks: depth === 8 ? 1 : 5 })

/**
 * 6n + 2 layers: a convolution, three stages of n blocks (two 3×3 convolutions, batch norm, ReLU) with 16, 32 and 64 channels, global
 * average pooling, a linear layer. Where a stage halves the image, the shortcut is a 1×1 convolution with batch norm (the paper's option
 * B). He-normal kernels (fan-in).
 * @param depth 20, 32, 44, 56 or 110: 272,474, 466,906, 661,338, 855,770 and 1,730,714 parameters; for short studies, beyond the paper, 8
 * and 14: 78,042 and 175,258
 */
export const resnet = <const D extends ResNetDepth, const C extends number = 10>(
  depth: D,
  options?: ClassesOption<C>,
): Model<ResNet<D, C>> => {
  const classes = classesIn('resnet()', options)
  const layers = residualLayers(narrow(oneOf('resnet()', 'depth', depth, [8, 14, 20, 32, 44, 56, 110])))
  return normedNet<ResNet<D, C>>('resnet', { depth }, layers, classes, cifarImages)
}

/** 32 channels, then stages of one block with 64, 128 and 256: the student in SimKD (Chen et al., 2022). 1,210,410 parameters. */
export const resnet8x4 = <const C extends number = 10>(options?: ClassesOption<C>): Model<ResNetX4<8, C>> =>
  resnetX4(8, classesIn('resnet8x4()', options))

/** 32 channels, then stages of five blocks with 64, 128 and 256: the teacher in SimKD (Chen et al., 2022). 7,410,730 parameters. */
export const resnet32x4 = <const C extends number = 10>(options?: ClassesOption<C>): Model<ResNetX4<32, C>> =>
  resnetX4(32, classesIn('resnet32x4()', options))

const resnetX4 = <D extends 8 | 32, C extends number>(depth: D, classes: C): Model<ResNetX4<D, C>> =>
  normedNet<ResNetX4<D, C>>('resnetX4', { depth }, residualLayers(fourTimes(depth)), classes, cifarImages)

type Options = { readonly [name: string]: Json }

export const buildResNet: ModelBuilder = (tf, options) => build(tf, options, narrow(options.depth as ResNetDepth), 'heNormal', 'heNormal')

/** Initialised as in the code of CRD and SimKD: He-normal kernels (fan-out), the linear layer as in PyTorch. */
export const buildResNetX4: ModelBuilder = (tf, options) =>
  build(tf, options, fourTimes(options.depth as 8 | 32), heFanOut(tf), likeTorch(tf))

/** input [batch, height, width, channels] → logits [batch, classes] */
function build(tf: Tf, options: Options, plan: Plan, kernels: Initialization, classifier: Initialization): LayersModel {
  const { input, classes } = shapeIn(options, cifarImages)
  const { convolution, norm, relu, add, classify } = pieces(tf, kernels)
  const images = tf.input({ shape: input })
  let x = relu(norm(convolution(images, 'conv1', plan.stem), 'bn1'), 'relu1')
  for (const { name, width, strides, changes } of blocksOf(plan)) {
    const first = relu(norm(convolution(x, `${name}_conv1`, width, { strides }), `${name}_bn1`), `${name}_relu1`)
    const second = norm(convolution(first, `${name}_conv2`, width), `${name}_bn2`)
    const shortcut = changes ? norm(convolution(x, `${name}_shortcut`, width, { kernel: 1, strides }), `${name}_shortcut_bn`) : x
    x = relu(add(second, shortcut, `${name}_add`), `${name}_relu2`)
  }
  return tf.model({ inputs: images, outputs: classify(x, classes, classifier) })
}
