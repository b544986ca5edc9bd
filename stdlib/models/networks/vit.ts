/** A small vision transformer (Dosovitskiy et al., 2021), as Beyer et al. (2022) simplify it: mean pooling instead of a class token. */
import { inRange, oneOf, optionsOf, problem, ranges } from '../../../dsl/check/checks.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Arch, Model } from '../../../dsl/index.ts'
import { selfAttention } from '../blocks/attention.ts'
import { computations } from '../blocks/computations.ts'
import { type ClassesOption, cifarImages, classesIn, described, type ModelBuilder, shapeIn } from '../blocks/description.ts'
import { positionsLayer } from '../blocks/positions.ts'
import type { Layer, SymbolicTensor } from '../structure/rebuild.ts'

interface Blocks {
  1: 1
  2: Blocks[1] | 2
  3: Blocks[2] | 3
  4: Blocks[3] | 4
  5: Blocks[4] | 5
  6: Blocks[5] | 6
  7: Blocks[6] | 7
  8: Blocks[7] | 8
  9: Blocks[8] | 9
  10: Blocks[9] | 10
  11: Blocks[10] | 11
  12: Blocks[11] | 12
}
/** Depths of `vit()`. */
export type VitDepth = keyof Blocks
const depths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const satisfies readonly VitDepth[]

const blockLayers = ['query', 'key', 'value', 'out', 'mlp1', 'mlp2'] as const

/** Layers `patches`; of each block `block1_query`, `_key`, `_value`, `_out`, `_mlp1` and `_mlp2`; and `out`. */
export interface Vit<D extends VitDepth = VitDepth, C extends number = 10> extends Arch {
  readonly classes: C
  readonly layers: { readonly [L in 'patches' | `block${Blocks[D]}_${(typeof blockLayers)[number]}`]: number } & { readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

export interface VitOptions<C extends number> extends ClassesOption<C> {
  /** Height and width of a patch in pixels, 1 or more, which must divide the image size. Default 4. */
  readonly patch?: number
  /** The embedding dimension, 1 or more, a multiple of `heads`. Default 128. */
  readonly width?: number
  /** The number of attention heads, 1 or more. Default 4. */
  readonly heads?: number
  /** Hidden units of the MLP, 1 or more. Default 4 · width. */
  readonly mlp?: number
}

const usual = { patch: 4, width: 128, heads: 4 } as const

/**
 * A convolutional patch embedding, learned position embeddings, `depth` pre-norm blocks (attention; two linear layers with GELU between), a
 * final norm, mean pooling over positions, a linear layer. With the defaults and a depth of 6, 1,205,642 parameters on CIFAR-10. Kernels
 * Glorot-uniform, biases 0, positions N(0, 0.02²). Structured pruning removes heads through `block1_query` and units of the MLP through
 * `block1_mlp1`.
 * @param depth blocks, 1 to 12
 */
export const vit = <const D extends VitDepth, const C extends number = 10>(depth: D, options?: VitOptions<C>): Model<Vit<D, C>> => {
  const verb = 'vit()'
  const { classes: given, ...rest } = optionsOf(verb, options, ['classes', 'patch', 'width', 'heads', 'mlp'])
  const classes = classesIn<C>(verb, given === undefined ? undefined : { classes: given as C }) // checked there
  const count = (option: 'patch' | 'width' | 'heads' | 'mlp', standard: number) =>
    inRange(verb, option, rest[option] ?? standard, ranges.count)
  const [patch, width, heads] = [count('patch', usual.patch), count('width', usual.width), count('heads', usual.heads)]
  const mlp = count('mlp', 4 * width)
  if (width % heads !== 0)
    throw problem(
      'The width of a transformer is shared among its heads.',
      { verb, option: 'heads', value: heads, allowed: `a number that divides ${width}` },
      'Choose a width that is a multiple of the heads.',
    )
  const chosen = { depth: oneOf(verb, 'depth', depth, depths), patch, width, heads, mlp }
  const blocks = depths
    .slice(0, depth)
    .flatMap((n) => blockLayers.map((layer) => [`block${n}_${layer}`, layer === 'mlp1' ? mlp : width] as const))
  const layers = { patches: width, ...Object.fromEntries(blocks), out: classes }
  const arch = { classes, layers, channels: 'has channels', norm: 'no batch-norm', features: 'feature vector', members: 1 } as const
  return described('vit', chosen, arch as unknown as Vit<D, C>, cifarImages) // with the layers in its type
}

export const buildVit: ModelBuilder = (tf, options) => {
  const { input, classes } = shapeIn(options, cifarImages)
  const { depth, patch, width, heads, mlp } = options as { readonly [option: string]: number } // what vit() wrote
  const [rows, columns] = [Math.floor(input[0] / patch!), Math.floor(input[1] / patch!)]
  if (rows * patch! !== input[0] || columns * patch! !== input[1])
    throw new PipelineProblem({
      title: `Images of ${input[0]} × ${input[1]} cannot be cut into patches of ${patch} × ${patch}.`,
      facts: { network: 'vit' },
      hint: 'Choose a patch that divides height and width.',
    })
  const { layers } = tf
  // tf.layers types apply() for tensors and symbols at once; for a symbol it returns a symbol.
  const applied = (layer: Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor
  const kernelInitializer = 'glorotUniform'
  const dense = (x: SymbolicTensor, name: string, units: number) => applied(layers.dense({ name, units, kernelInitializer }), x)
  const norm = (x: SymbolicTensor, name: string) => applied(layers.layerNormalization({ name, epsilon: 1e-6 }), x)
  const add = (x: SymbolicTensor, y: SymbolicTensor, name: string) => applied(layers.add({ name }), [x, y])
  const images = tf.input({ shape: input })
  const patches = layers.conv2d({ name: 'patches', filters: width!, kernelSize: patch!, strides: patch!, kernelInitializer })
  const places = layers.reshape({ name: 'places', targetShape: [rows * columns, width!] })
  let x = applied(positionsLayer(tf, 'positions'), applied(places, applied(patches, images)))
  for (let n = 1; n <= depth!; n++) {
    const name = `block${n}`
    x = add(x, selfAttention(tf, norm(x, `${name}_norm1`), { name, heads: heads! }), `${name}_add1`)
    const units = dense(norm(x, `${name}_norm2`), `${name}_mlp1`, mlp!)
    const active = applied(computations(tf).Pointwise({ name: `${name}_gelu`, function: 'gelu' }), units)
    x = add(x, dense(active, `${name}_mlp2`, width!), `${name}_add2`)
  }
  const mean = applied(layers.globalAveragePooling1d({ name: 'mean' }), norm(x, 'norm'))
  return tf.model({ inputs: images, outputs: dense(mean, 'out', classes) })
}
