/** A built network's layers, read and built again: the same wiring with other layers in it. */
import type { LayersModel, Tf } from '../../engine.ts'
import type { Initializer, ParameterRole } from '../../network.ts'

/** A layer of tf.layers. */
export type Layer = InstanceType<Tf['layers']['Layer']>
/** The input and output of a layer of tf.layers while a model is built. */
export type SymbolicTensor = import('@tensorflow/tfjs').SymbolicTensor
export type Config = { [option: string]: unknown }

/** What a custom layer says of a weight of its own. */
export interface DeclaredWeight {
  readonly shape: readonly number[]
  readonly role: ParameterRole
  readonly prunable: boolean
  readonly initializer: Initializer
}

/** What is read of a built layer; tf.layers does not declare all of it. */
export interface BuiltLayer {
  readonly name: string
  readonly inboundNodes: readonly { readonly inputTensors: readonly SymbolicTensor[]; readonly outputTensors: readonly SymbolicTensor[] }[]
  readonly weights: readonly { readonly originalName: string }[]
  /** Of a batch ensemble's layer, the one between its factors. */
  readonly scales?: BuiltLayer
  /** Of a custom layer: what it says of its weights, by name. */
  readonly declared?: ReadonlyMap<string, DeclaredWeight>
  getClassName(): string
  getConfig(): Config
}

/** In the order of the data's way. */
export const layersOf = (model: LayersModel): readonly BuiltLayer[] =>
  (model.layers as unknown as BuiltLayer[]).filter((layer) => layer.inboundNodes.length > 0 && layer.getClassName() !== 'InputLayer')

/** The layer whose work it does: itself, or the one that a batch ensemble's layer scales. */
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
 * @param known tensors of `model` with what stands for them: the inputs, or a point on the way from which to go on
 * @returns what stands for the model's outputs
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

/** Where the last layer's input comes from: the feature map before global pooling, else the vector that the output layer reads. */
export function featuresOf(model: LayersModel): SymbolicTensor {
  const layers = layersOf(model)
  const pooling = layers.findLast((layer) => /^Global(Average|Max)Pooling2D$/.test(layer.getClassName()))
  return (pooling ?? layers.at(-1)!).inboundNodes[0]!.inputTensors[0]!
}

/** The vector that the output layer reads. */
export const embeddingOf = (model: LayersModel): SymbolicTensor =>
  (model.outputs[0]!.sourceLayer as unknown as BuiltLayer).inboundNodes[0]!.inputTensors[0]!

/** What belongs to the layer before it: batch norm, the addition that ends a shortcut, the activation. */
const completing = /^(BatchNormalization|Activation|ReLU|LeakyReLU|PReLU|ELU|Add)$/

/**
 * Where a layer's features are complete: the last layer of those that follow it, each reading nothing but what the one before gives to it
 * alone, or the other way of a shortcut besides. A layer that two read ends the way: there the network forks.
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
