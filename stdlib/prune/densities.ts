/**
 * How many weights each layer keeps for a given sparsity of the whole network, by the Erdős–Rényi kernel (Mocanu et al., 2018, for linear
 * layers; Evci et al., ICML 2020, arXiv 1911.11134, section 3.1, for convolutions): a layer's density is ε · (sum of its dimensions) /
 * (product of its dimensions), so it keeps ε times the sum, and small layers stay denser than large ones. A layer that would exceed density
 * 1 is dense, and ε is recomputed for the others, as in `get_sparsities_erdos_renyi` of the authors' code (power scale 1), so that the
 * total sparsity is exact. A layer cannot keep more weights than it has left.
 */

export interface Layer {
  readonly shape: readonly number[]
  /** Its remaining weights. */
  readonly left: number
}

/** Integers that add up to `keep`, none above `left`. @param keep from 0 up to the remaining weights of all layers */
export function erdosRenyiKernel(layers: readonly Layer[], keep: number): readonly number[] {
  const sums = layers.map(({ shape }) => shape.reduce((sum, size) => sum + size, 0))
  const dense = new Set<number>()
  for (;;) {
    const open = [...layers.keys()].filter((i) => !dense.has(i))
    const rest = keep - [...dense].reduce((sum, i) => sum + layers[i]!.left, 0)
    const epsilon = rest / open.reduce((sum, i) => sum + sums[i]!, 0)
    const beyond = open.filter((i) => epsilon * sums[i]! > layers[i]!.left)
    if (beyond.length === 0) return wholes(layers, (i) => (dense.has(i) ? layers[i]!.left : epsilon * sums[i]!), keep)
    // The authors' order: the largest excess first, because ε grows with each dense layer.
    const most = Math.max(...beyond.map((i) => sums[i]! / layers[i]!.left))
    for (const i of beyond) if (sums[i]! / layers[i]!.left === most) dense.add(i)
  }
}

/** Rounded down; the missing weights go to the largest remainders, with ties to the first. */
function wholes(layers: readonly Layer[], share: (layer: number) => number, keep: number): readonly number[] {
  const counts = layers.map((_, i) => Math.floor(share(i)))
  const missing = keep - counts.reduce((sum, count) => sum + count, 0)
  const order = [...layers.keys()].filter((i) => counts[i]! < layers[i]!.left)
  const remainder = (i: number) => share(i) - counts[i]!
  for (const i of order.toSorted((a, b) => remainder(b) - remainder(a) || a - b).slice(0, missing)) counts[i]!++
  return counts
}
