/**
 * Dynamic sparse training: removes the smallest weights of each layer and grows as many elsewhere in it, so that its density stays. The
 * weights that grow are drawn at random (SET; Mocanu et al., Nature Communications 2018, arXiv 1707.04780) or have the largest gradient
 * (RigL; Evci et al., ICML 2020, arXiv 1911.11134, algorithm 1, and `_get_update_op` of the authors' code):
 *
 *   f_t = to + (f − to)/2 · (1 + cos(π t / T_end)),  k = ⌊f_t · weights of the layer⌋
 *   go: the k smallest |w|;  grow: the k largest |∂L/∂w| of all that are away then, those that have just gone among them
 *
 * As in that code, a removed weight may grow back at once; its value and momentum are then unchanged.
 */
import type { RegrowthSpec } from '../../dsl/parts/regrowth.ts'
import { kept } from '../masks.ts'
import type { Masks, Topology, Weights } from '../network.ts'
import { Stream } from '../random/stream.ts'
import { magnitudes } from './magnitude.ts'
import { removeSmallest } from './select.ts'

/** The fraction to replace at a point of the training (0 at its start, 1 at its end); 0 from `end` on. */
export function dropFraction({ fraction, to, end }: RegrowthSpec, at: number): number {
  return at >= end ? 0 : to + ((fraction - to) * (1 + Math.cos((Math.PI * at) / end))) / 2
}

/** What determines where weights grow: gradients by parameter, or random numbers from the seed and the step. */
export type Growth = { readonly gradients: Weights } | { readonly seed: number; readonly step: number }

/** The masks with the same number of weights in every parameter, some of them elsewhere. @param fraction of each parameter's weights */
export function regrown(
  { topology, weights, masks }: { readonly topology: Topology; readonly weights: Weights; readonly masks: Masks },
  fraction: number,
  growth: Growth,
): Masks {
  const sizes = magnitudes({ topology, weights })
  const changed = new Map(masks)
  for (const [index, { name, prunable }] of topology.parameters.entries()) {
    const mask = masks.get(name)
    if (!prunable || mask === undefined) continue
    const count = Math.floor(fraction * kept(mask))
    const stays = mask.slice()
    removeSmallest([{ scores: sizes.get(name)!, mask: stays }], count)
    const away = stays.map((bit) => 1 - bit)
    if ('gradients' in growth) removeSmallest([{ scores: growth.gradients.get(name)!.map(Math.abs), mask: away }], kept(away) - count)
    else keepAny(away, count, new Stream(growth.seed, 'regrow', index, growth.step))
    changed.set(
      name,
      stays.map((bit, i) => bit | away[i]!),
    )
  }
  return changed
}

/** Keeps `count` random bits, uniformly. */
function keepAny(mask: Uint8Array, count: number, stream: Stream): void {
  const open = Uint32Array.from(mask.keys().filter((i) => mask[i] === 1))
  mask.fill(0)
  for (let i = 0; i < count; i++) {
    const other = i + stream.below(open.length - i)
    mask[open[other]!] = 1
    open[other] = open[i]!
  }
}
