/**
 * Attention in timm: one module computes query, key and value, and the entries of a head are contiguous. Here, entry r of head h
 * is at h + heads · r.
 */
import type { LayersModel } from '../../../stdlib/engine.ts'
import { type BuiltLayer, layersOf } from '../../../stdlib/models/structure/rebuild.ts'

export interface Heads {
  readonly attention: BuiltLayer
  /** Dense layers: query, key, value. */
  readonly projections: readonly BuiltLayer[]
  /** Total width of all heads. */
  readonly width: number
  /** Maps an index over all heads to timm's. */
  readonly place: (number: number) => number
}

/** The attention layers; or the name of one whose connections differ from those of `selfAttention()`. */
export function headsIn(model: LayersModel): readonly Heads[] | string {
  const layers = layersOf(model)
  const givenBy = new Map(layers.map((layer) => [layer.inboundNodes[0]!.outputTensors[0]!.id, layer]))
  const readersOf = ({ inboundNodes }: BuiltLayer) =>
    layers.filter((layer) => layer.inboundNodes[0]!.inputTensors.some(({ id }) => id === inboundNodes[0]!.outputTensors[0]!.id))
  const found: Heads[] = []
  for (const attention of layers.filter((layer) => layer.getClassName() === 'Attention')) {
    const projections = attention.inboundNodes[0]!.inputTensors.map(({ id }) => givenBy.get(id)!)
    const [of, ...others] = projections.map((layer) => layer.inboundNodes[0]!.inputTensors[0]!.id)
    const alone = projections.every(
      (layer) =>
        layer.getClassName() === 'Dense' &&
        [undefined, 'linear'].includes(layer.getConfig().activation as string | undefined) &&
        readersOf(layer).length === 1,
    )
    const biased = new Set(projections.map((layer) => layer.getConfig().useBias !== false))
    const read = readersOf(attention).every((layer) => layer.getClassName() === 'Dense')
    if (!alone || !read || biased.size > 1 || others.some((id) => id !== of)) return attention.name
    const width = attention.inboundNodes[0]!.outputTensors[0]!.shape.at(-1)!
    const { size } = attention.getConfig() as { readonly size: number }
    const heads = width / size
    found.push({ attention, projections, width, place: (number) => (number % heads) * size + Math.floor(number / heads) })
  }
  return found
}
