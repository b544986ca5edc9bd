/** How residual networks for CIFAR are laid out: three stages of as many blocks each, the image halved where the second and the third begin. */

export interface Plan {
  /** Channels of the first convolution, `conv1`. */
  readonly stem: number
  /** Channels that each stage's blocks give. */
  readonly widths: readonly number[]
  /** Blocks in a stage. */
  readonly blocks: number
  /** Channels inside a block, over those that it gives: 1/4 for a bottleneck of three convolutions. Default 1, two convolutions. */
  readonly bottleneck?: number
}

export interface Block {
  /** `stage2_block1`; its layers are `stage2_block1_conv1` and so on. */
  readonly name: string
  /** Channels that it gives. */
  readonly width: number
  /** Of each convolution, its channels and the height and width of its window. */
  readonly convolutions: readonly { readonly filters: number; readonly kernel: 1 | 3 }[]
  readonly strides: 1 | 2
  /** Whether its shortcut must change the shape, by a convolution `stage2_block1_shortcut`. */
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

/** Names and widths of its layers, as `Residual` has them. */
export const residualLayers = (plan: Plan): readonly (readonly [name: string, width: number])[] => [
  ['conv1', plan.stem],
  ...blocksOf(plan).flatMap(({ name, width, convolutions, changes }) => [
    ...convolutions.map(({ filters }, i) => [`${name}_conv${i + 1}`, filters] as const),
    ...(changes ? [[`${name}_shortcut`, width] as const] : []),
  ]),
]

/** Names of the layers with `B` blocks a stage of `V` convolutions, with a convolution on the shortcut at the beginning of the stages `S`. */
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
