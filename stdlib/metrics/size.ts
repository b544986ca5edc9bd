/** Size and cost relative to the original network, counted as in ShrinkBench (Blalock et al., 2020). */
import { keptOf } from '../masks.ts'
import { leftOf, type Summary } from '../models/structure/summary.ts'
import type { Masks, Topology } from '../network.ts'

interface Sized {
  readonly topology: Topology
  readonly summary: Summary
}

export interface Size {
  /** Remaining parameters: biases and batch norm count, running statistics do not. */
  readonly parameters: number
  /** All parameters divided by the remaining ones. */
  readonly compressionRatio: number
  /** MACs for one image: those of each layer × the density of its kernel. */
  readonly macs: number
  /** All MACs divided by the remaining ones. Theoretical: kernels with zeros are not faster. */
  readonly speedup: number
  /** Fraction of the prunable weights removed. */
  readonly sparsity: number
  /** The density of each layer's prunable weights. */
  readonly layers: { readonly [layer: string]: number }
}

export interface Pruned extends Sized {
  readonly masks: Masks
  /** The network before channels were removed; the same network if none were. */
  readonly original: Sized
}

/** For one network, or the total of several that predict together. Layers are those of the first. */
export function sizeOfNetworks(networks: readonly Pruned[]): Size {
  const sizes = networks.map(sizeOfNetwork)
  const [first] = sizes as [Size, ...Size[]]
  const sum = (of: (network: Pruned, size: Size) => number) => networks.reduce((total, network, i) => total + of(network, sizes[i]!), 0)
  const [parameters, macs] = [sum((_, size) => size.parameters), sum((_, size) => size.macs)]
  return {
    ...first,
    parameters,
    compressionRatio: sum(({ original }) => original.summary.parameters) / parameters,
    macs,
    speedup: sum(({ original }) => original.summary.macs) / macs,
    sparsity: sum((_, { sparsity }) => sparsity) / sizes.length,
  }
}

function sizeOfNetwork({ topology, summary, masks, original }: Pruned): Size {
  const left = leftOf(summary, topology, masks)
  const kept = keptWeights(topology, masks)
  const all = keptWeights(original.topology, new Map())
  // A layer that was added, such as a projector, is dense.
  const layers = [...kept].map(([layer, count]) => [layer, count / (all.get(layer) ?? count)] as const)
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0)
  return {
    parameters: left.parameters,
    compressionRatio: original.summary.parameters / left.parameters,
    macs: left.macs,
    speedup: original.summary.macs / left.macs,
    sparsity: all.size === 0 ? 0 : 1 - sum(kept) / sum(all),
    layers: Object.fromEntries(layers),
  }
}

/** Remaining prunable weights, by layer. */
function keptWeights({ parameters }: Topology, masks: Masks): ReadonlyMap<string, number> {
  const left = new Map<string, number>()
  for (const parameter of parameters.filter(({ prunable }) => prunable))
    left.set(parameter.layer, (left.get(parameter.layer) ?? 0) + keptOf(masks, parameter))
  return left
}
