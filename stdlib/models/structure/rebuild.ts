/** Reads the layers of a built network and rebuilds them: the same wiring with different layers. */
import type { LayersModel, Tf } from '../../engine.ts'
import type { Initializer, ParameterRole } from '../../network.ts'

/** A layer of tf.layers. */
export type Layer = InstanceType<Tf['layers']['Layer']>
/** The input and output of a layer of tf.layers while a model is built. */
export type SymbolicTensor = import('@tensorflow/tfjs').SymbolicTensor
export type Config = { [option: string]: unknown }

/** A custom layer's declaration of a weight. */
export interface DeclaredWeight {
  readonly shape: readonly number[]
  readonly role: ParameterRole
  readonly prunable: boolean
  readonly initializer: Initializer
}

/** The properties read from a built layer; tf.layers does not declare all of them. */
export interface BuiltLayer {
  readonly name: string
  readonly inboundNodes: readonly { readonly inputTensors: readonly SymbolicTensor[]; readonly outputTensors: readonly SymbolicTensor[] }[]
  readonly weights: readonly { readonly originalName: string }[]
  /** For a batch ensemble's layer, the layer between its factors. */
  readonly scales?: BuiltLayer
  /** For a custom layer: the declarations of its weights, by name. */
  readonly declared?: ReadonlyMap<string, DeclaredWeight>
  getClassName(): string
  getConfig(): Config
}

/** In the order of data flow. */
export const layersOf = (model: LayersModel): readonly BuiltLayer[] =>
  (model.layers as unknown as BuiltLayer[]).filter((layer) => layer.inboundNodes.length > 0 && layer.getClassName() !== 'InputLayer')

/** The layer itself, or the one that a batch ensemble's layer scales. */
export const standsFor = (layer: BuiltLayer): BuiltLayer => layer.scales ?? layer

/** A layer of the same kind with some options changed; what it infers from its input follows. */
export function copyOf(layer: BuiltLayer, changes: Config = {}): Layer {
  const { batchInputShape: _, ...config } = layer.getConfig()
  // Every layer class has fromConfig; the instance knows its class.
  const kind = layer.constructor as unknown as { fromConfig(kind: unknown, config: Config): Layer }
  return kind.fromConfig(kind, { ...config, ...changes })
}

/**
 * Applies a copy of each layer in turn.
 * @param known tensors of `model` with their replacements: the inputs, or an intermediate point to continue from
 * @returns the replacements of the model's outputs
 */
export function again(
  model: LayersModel,
  known: ReadonlyMap<SymbolicTensor, SymbolicTensor>,
  copy: (layer: BuiltLayer) => Layer,
): SymbolicTensor[] {
  const made = new Map([...known].map(([tensor, stand]) => [tensor.id, stand]))
  for (const layer of layersOf(model)) {
    const { inputTensors, outputTensors } = layer.inboundNodes[0]!
    const given = inputTensors.map(({ id }) => made.get(id))
    if (made.has(outputTensors[0]!.id) || given.includes(undefined)) continue
    const inputs = given as SymbolicTensor[] // none is undefined
    made.set(outputTensors[0]!.id, copy(layer).apply(inputs.length === 1 ? inputs[0]! : inputs) as SymbolicTensor) // symbolic in, symbolic out
  }
  return model.outputs.map(({ id }) => made.get(id)!)
}

/** The source of the last layer's input: the feature map before global pooling, otherwise the input vector of the output layer. */
export function featuresOf(model: LayersModel): SymbolicTensor {
  const layers = layersOf(model)
  const pooling = layers.findLast((layer) => /^Global(Average|Max)Pooling2D$/.test(layer.getClassName()))
  return (pooling ?? layers.at(-1)!).inboundNodes[0]!.inputTensors[0]!
}

/** The input vector of the output layer. */
export const embeddingOf = (model: LayersModel): SymbolicTensor =>
  (model.outputs[0]!.sourceLayer as unknown as BuiltLayer).inboundNodes[0]!.inputTensors[0]!

/** Layers that belong to the preceding one: batch norm, the addition that ends a shortcut, the activation. */
const completing = /^(BatchNormalization|Activation|ReLU|LeakyReLU|PReLU|ELU|Add)$/

/**
 * The layer at which a layer's features are complete: the last of the belonging layers in a chain after it, where each reads only the
 * previous one, or also the other branch of a shortcut. A layer with two readers ends the chain, because the network forks there.
 */
export function activatedAt(model: LayersModel, name: string): string {
  const layers = layersOf(model)
  let at = layers.find((layer) => layer.name === name)!
  for (;;) {
    const [given] = at.inboundNodes[0]!.outputTensors
    const [next, ...others] = layers.filter((layer) => layer.inboundNodes[0]!.inputTensors.some(({ id }) => id === given!.id))
    if (next === undefined || others.length > 0 || !completing.test(next.getClassName())) return at.name
    at = next
  }
}
