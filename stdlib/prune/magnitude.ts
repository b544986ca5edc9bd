/**
 * Magnitude pruning: the weights with the smallest absolute value go, exactly as many as asked for.
 * Ties are broken by position (parameters in the order of the layers, then row-major), so the result never depends on a sort's mood.
 */
import { PipelineProblem } from '../../dsl/problem.ts'
import type { PruneOptions } from '../../dsl/stage.ts'
import { type Masks, type Network, type Parameter, sizeOf } from '../network.ts'

/** Parameters that compete with each other, and how many of their weights go. */
interface Ranking {
  readonly parameters: readonly Parameter[]
  readonly remove: number
}

/** The masks after pruning. @throws PipelineProblem for unknown layers, and for a layer that would lose all its weights */
export function magnitudeMasks({ topology, weights, masks }: Network, options: PruneOptions): Masks {
  const prunable = topology.parameters.filter((parameter) => parameter.prunable)
  refuseStrangers(prunable, options)
  const pruned = new Map([...masks].map(([name, mask]) => [name, mask.slice()]))
  for (const { name, shape } of prunable) if (!pruned.has(name)) pruned.set(name, new Uint8Array(sizeOf(shape)).fill(1))

  for (const { parameters, remove } of rankings(prunable, pruned, topology.outputLayer, options)) {
    removeSmallest(
      parameters.map(({ name }) => ({ values: weights.get(name)!, mask: pruned.get(name)! })),
      remove,
    )
  }

  refuseCollapse(prunable, pruned)
  return pruned
}

/** Clears `count` mask bits: those of the smallest magnitudes, and of equal ones the first. */
function removeSmallest(tensors: readonly { readonly values: Float32Array; readonly mask: Uint8Array }[], count: number): void {
  if (count === 0) return
  const magnitudes = Float32Array.from(
    tensors.flatMap(({ values, mask }) =>
      Array.from(
        values.filter((_, i) => mask[i] === 1),
        Math.abs,
      ),
    ),
  )
  const threshold = magnitudes.sort()[count - 1]!
  let ties = count - magnitudes.indexOf(threshold)
  for (const { values, mask } of tensors) {
    values.forEach((value, i) => {
      const magnitude = Math.abs(value)
      if (mask[i] === 1 && (magnitude < threshold || (magnitude === threshold && ties-- > 0))) mask[i] = 0
    })
  }
}

function rankings(prunable: readonly Parameter[], masks: Masks, outputLayer: string, options: PruneOptions): Ranking[] {
  const { scope, sparsity, exclude, outputLayer: rule } = options
  const fractionOf = ({ layer }: Parameter): number => {
    if (exclude.includes(layer) || (layer === outputLayer && rule === 'keep')) return 0
    const fraction = typeof sparsity === 'number' ? sparsity : (sparsity[layer] ?? 0)
    return layer === outputLayer && rule === 'half' ? fraction / 2 : fraction
  }
  const taking = prunable.filter((parameter) => fractionOf(parameter) > 0)
  if (scope === 'layer')
    return taking.map((parameter) => ({ parameters: [parameter], remove: toRemove([parameter], masks, fractionOf(parameter), options) }))
  return taking.length === 0 ? [] : [{ parameters: taking, remove: toRemove(taking, masks, fractionOf(taking[0]!), options) }]
}

/** round(fraction · n), n counting the weights alive or all; those already gone count towards a fraction of all. */
function toRemove(parameters: readonly Parameter[], masks: Masks, fraction: number, { of }: PruneOptions): number {
  const all = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const alive = parameters.reduce((sum, { name }) => sum + masks.get(name)!.reduce((kept, bit) => kept + bit, 0), 0)
  return of === 'remaining' ? Math.round(fraction * alive) : Math.max(0, Math.round(fraction * all) - (all - alive))
}

function refuseStrangers(prunable: readonly Parameter[], { sparsity, exclude }: PruneOptions): void {
  const layers = prunable.map(({ layer }) => layer)
  const stranger = [...exclude, ...(typeof sparsity === 'number' ? [] : Object.keys(sparsity))].find((layer) => !layers.includes(layer))
  if (stranger === undefined) return
  throw new PipelineProblem({
    title: `There is no prunable layer called '${stranger}'.`,
    facts: [['prunable layers', layers.join(', ')]],
    hint: 'Name one of them.',
  })
}

/** A layer without any weights cuts the network in two: its output no longer depends on its input. */
function refuseCollapse(prunable: readonly Parameter[], masks: Masks): void {
  const collapsed = prunable.find(({ name }) => masks.get(name)!.every((bit) => bit === 0))
  if (collapsed === undefined) return
  throw new PipelineProblem({
    title: `Pruning would remove every weight of layer ${collapsed.layer}.`,
    facts: [['weights', String(sizeOf(collapsed.shape))]],
    hint: "Prune less, rank each layer on its own (scope: 'layer'), or exclude the layer.",
  })
}
