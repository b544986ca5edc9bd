/** The layout of residual networks for CIFAR: three stages with the same number of blocks; the second and the third halve the image. */

export interface Plan {
  /** Channels of the first convolution, `conv1`. */
  readonly stem: number
  /** Output channels of the blocks of each stage. */
  readonly widths: readonly number[]
  /** Blocks in a stage. */
  readonly blocks: number
  /**
   * The inner channels of a block divided by its output channels: 1/4 for a bottleneck of three convolutions. Default 1, two convolutions.
   */
  readonly bottleneck?: number
}

export interface Block {
  /** `stage2_block1`; its layers are `stage2_block1_conv1` and so on. */
  readonly name: string
  /** Output channels. */
  readonly width: number
  /** The channels and the kernel size of each convolution. */
  readonly convolutions: readonly { readonly filters: number; readonly kernel: 1 | 3 }[]
  readonly strides: 1 | 2
  /** Whether its shortcut changes the shape, with a convolution `stage2_block1_shortcut`. */
  readonly changes: boolean
}

export const blocksOf = ({ stem, widths, blocks, bottleneck }: Plan): readonly Block[] =>
  widths.flatMap((width, s) =>
    Array.from({ length: blocks }, (_, b) => {
      const strides = s > 0 && b === 0 ? 2 : 1
      const before = b > 0 ? width : (widths[s - 1] ?? stem)
      const inner = width * (bottleneck ?? 1)
      const whole = { filters: width, kernel: 3 } as const
      const convolutions: Block['convolutions'] =
        bottleneck === undefined
          ? [whole, whole]
          : [
              { filters: inner, kernel: 1 },
              { filters: inner, kernel: 3 },
              { filters: width, kernel: 1 },
            ]
      return { name: `stage${s + 1}_block${b + 1}`, width, convolutions, strides, changes: strides === 2 || before !== width }
    }),
  )

/** Names and widths of its layers, as in `Residual`. */
export const residualLayers = (plan: Plan): readonly (readonly [name: string, width: number])[] => [
  ['conv1', plan.stem],
  ...blocksOf(plan).flatMap(({ name, width, convolutions, changes }) => [
    ...convolutions.map(({ filters }, i) => [`${name}_conv${i + 1}`, filters] as const),
    ...(changes ? [[`${name}_shortcut`, width] as const] : []),
  ]),
]

/**
 * Names of the layers with `B` blocks per stage and `V` convolutions per block, with a shortcut convolution at the start of the stages `S`.
 */
export type Residual<B extends number, V extends number, S extends number> = {
  readonly [L in `stage${1 | 2 | 3}_block${B}_conv${V}` | `stage${S}_block1_shortcut` | 'conv1']: number
}

/** Blocks of a stage, by how many there are. */
export interface Blocks {
  1: 1
  2: Blocks[1] | 2
  3: Blocks[2] | 3
  4: Blocks[3] | 4
  5: Blocks[4] | 5
  6: Blocks[5] | 6
  7: Blocks[6] | 7
  9: Blocks[7] | 8 | 9
  18: Blocks[9] | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18
}
