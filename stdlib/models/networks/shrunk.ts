/** The same architecture with fewer channels: only the numbers of filters or units of the named layers change. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import type { ModelBuilder } from '../blocks/description.ts'
import { again, copyOf } from '../structure/rebuild.ts'
import { batchEnsembleOf } from './batch-ensemble.ts'

/** Options of the description `shrunk`. */
export interface Shrunk {
  readonly of: Spec
  /** Remaining filters or units, by layer. */
  readonly widths: { readonly [layer: string]: number }
}

/** The description of a network with these widths. Shrinking twice gives one description. In a batch ensemble each member shrinks. */
export function shrunkSpec(model: Spec, widths: Shrunk['widths']): Spec {
  const ensemble = batchEnsembleOf(model)
  if (ensemble !== undefined) return { ...model, options: { ...model.options, of: { ...shrunkSpec(ensemble.of, widths) } } }
  const before = model.name === 'shrunk' ? shrunkOf(model.options) : { of: model, widths: {} }
  const options = { of: { name: before.of.name, options: before.of.options }, widths: { ...before.widths, ...widths } }
  return { name: 'shrunk', options }
}

/** What `shrunkSpec` wrote. */
const shrunkOf = (options: { readonly [name: string]: Json }): Shrunk => options as unknown as Shrunk

export const buildShrunk: ModelBuilder = (tf, options, { other }) => {
  const { of, widths } = shrunkOf(options)
  const base = other(of)
  const model = rebuilt(tf, base, widths)
  base.dispose() // only its wiring was needed
  return model
}

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

/** The description before shrinking: the reference for sizes. */
export function unshrunk(model: Spec): Spec {
  if (model.name === 'shrunk') return unshrunk(shrunkOf(model.options).of)
  // The network inside another one: the members of a batch ensemble, or a student with additional layers.
  const inside = Object.entries(model.options).map(([option, value]) =>
    option === 'of' || option === 'student' ? [option, { ...unshrunk(value as unknown as Spec) }] : [option, value],
  )
  return { name: model.name, options: Object.fromEntries(inside) }
}
