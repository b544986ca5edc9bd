/** Wide residual networks (Zagoruyko & Komodakis, 2016). */
import { inRange, oneOf, optionsOf, ranges } from '../../../dsl/check/checks.ts'
import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, cifarImages, classesIn, type ModelBuilder, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { heFanOut, likeTorch } from '../blocks/pieces.ts'
import { buildPreActivated } from '../blocks/pre-activation.ts'
import { type Blocks, type Plan, type Residual, residualLayers } from '../blocks/residual.ts'

/** Blocks per stage, by depth. */
const blocks = { 10: 1, 16: 2, 22: 3, 28: 4, 40: 6 } as const
/** Depths of `wrn()`. */
export type WrnDepth = keyof typeof blocks

/** `K` is the widening factor. Layers `conv1`, `stage2_block1_conv2`, `stage2_block1_shortcut`, …, `out`. */
export interface Wrn<D extends WrnDepth = WrnDepth, K extends number = number, C extends number = 10>
  extends NormedNet<Residual<Blocks[(typeof blocks)[D]], 1 | 2, K extends 1 ? 2 | 3 : 1 | 2 | 3>, C> {}

export interface WrnOptions<C extends number> extends ClassesOption<C> {
  /** Fraction of values dropped between a block's convolutions in training, from 0 up to but not including 1. Default 0. */
  readonly dropout?: number
}

const planOf = (depth: WrnDepth, k: number): Plan => ({ stem: 16, widths: [16 * k, 32 * k, 64 * k], blocks: blocks[depth] })

/**
 * WRN-`depth`-`k`: residual blocks with pre-activation, 16k, 32k and 64k channels. Where the shape changes, the shortcut is a 1×1
 * convolution after the block's first activation. Kernels are He-normal (fan-out), the linear layer is initialised as in PyTorch, but with
 * zero biases.
 * @param depth 10, 16, 22, 28 or 40 (6n + 4)
 * @param k the widening factor relative to a ResNet, 1 or more
 */
export const wrn = <const D extends WrnDepth, const K extends number, const C extends number = 10>(
  depth: D,
  k: K,
  options?: WrnOptions<C>,
): Model<Wrn<D, K, C>> => {
  const verb = 'wrn()'
  const { dropout = 0, ...rest } = optionsOf(verb, options, ['classes', 'dropout'])
  const classes = classesIn(verb, rest as ClassesOption<C>) // checked there
  const plan = planOf(oneOf(verb, 'depth', depth, [10, 16, 22, 28, 40]), inRange(verb, 'k', k, ranges.count))
  const dropped = inRange(verb, 'dropout', dropout, ranges.decay)
  const chosen = { depth, k, ...(dropped === 0 ? {} : { dropout: dropped }) }
  return normedNet<Wrn<D, K, C>>('wrn', chosen, residualLayers(plan), classes, cifarImages)
}

export const buildWrn: ModelBuilder = (tf, options) =>
  buildPreActivated(tf, {
    ...shapeIn(options, cifarImages),
    plan: planOf(options.depth as WrnDepth, options.k as number),
    kernels: heFanOut(tf),
    classifier: likeTorch(tf),
    firstShared: false,
    dropout: (options.dropout as number | undefined) ?? 0,
  })
