/** The same architecture with fewer channels: every layer as it was, but for the number of filters or units of those that are named. */
import type { Json, Spec } from '../../dsl/stage.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { again, copyOf } from './rebuild.ts'

/** Options of the description `shrunk`. */
export interface Shrunk {
  readonly of: Spec
  /** Filters or units left, by layer. */
  readonly widths: { readonly [layer: string]: number }
}

/** The description of a network with these widths; shrunk twice is shrunk once, further. */
export function shrunkSpec(model: Spec, widths: Shrunk['widths']): Spec {
  const before = model.name === 'shrunk' ? shrunkOf(model.options) : { of: model, widths: {} }
  const options = { of: { name: before.of.name, options: before.of.options }, widths: { ...before.widths, ...widths } }
  return { name: 'shrunk', options }
}

/** What `shrunkSpec` wrote. */
export const shrunkOf = (options: { readonly [name: string]: Json }): Shrunk => options as unknown as Shrunk

/** The network with these widths. */
export function rebuilt(tf: Tf, model: LayersModel, widths: Shrunk['widths']): LayersModel {
  const inputs = model.inputs.map((input) => tf.input({ shape: input.shape.slice(1) }))
  const known = new Map(model.inputs.map((input, i) => [input, inputs[i]!]))
  const outputs = again(model, known, (layer) => {
    const width = widths[layer.name]
    return copyOf(layer, width === undefined ? {} : { ['filters' in layer.getConfig() ? 'filters' : 'units']: width })
  })
  return tf.model({ inputs, outputs })
}
