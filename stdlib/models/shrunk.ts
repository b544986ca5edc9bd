/** The same architecture with fewer channels: every layer as it was, but for the number of filters or units of those that are named. */
import type { Json, Spec } from '../../dsl/stage.ts'
import type { LayersModel, Tf } from '../engine.ts'

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

type Layer = ReturnType<Tf['layers']['dense']>
type SymbolicTensor = import('@tensorflow/tfjs').SymbolicTensor
type Config = { [option: string]: unknown }

/** What is read of a built layer; tf.layers does not declare all of it. */
interface BuiltLayer {
  readonly name: string
  readonly inboundNodes: readonly {
    readonly inputTensors: readonly { readonly id: number }[]
    readonly outputTensors: readonly { readonly id: number }[]
  }[]
  getClassName(): string
  getConfig(): Config
}

/** Built again, layer by layer, on narrower inputs; what a layer infers from its input follows. */
export function rebuilt(tf: Tf, model: LayersModel, widths: Shrunk['widths']): LayersModel {
  const made = new Map<number, SymbolicTensor>()
  const inputs = model.inputs.map((input) => {
    const again = tf.input({ shape: input.shape.slice(1) })
    made.set((input as { id: number }).id, again)
    return again
  })
  for (const layer of model.layers as unknown as BuiltLayer[]) {
    const node = layer.inboundNodes[0]
    if (node === undefined || layer.getClassName() === 'InputLayer') continue
    const given = node.inputTensors.map(({ id }) => made.get(id)!)
    const again = copyOf(layer, widths[layer.name]).apply(given.length === 1 ? given[0]! : given) as SymbolicTensor
    made.set(node.outputTensors[0]!.id, again)
  }
  const outputs = model.outputs.map((output) => made.get((output as { id: number }).id)!)
  return tf.model({ inputs, outputs })
}

function copyOf(layer: BuiltLayer, width: number | undefined): Layer {
  const { batchInputShape: _, ...config } = layer.getConfig()
  if (width !== undefined) config['filters' in config ? 'filters' : 'units'] = width
  // Every layer class has fromConfig; the instance knows its class.
  const kind = layer.constructor as unknown as { fromConfig(kind: unknown, config: Config): Layer }
  return kind.fromConfig(kind, config)
}
