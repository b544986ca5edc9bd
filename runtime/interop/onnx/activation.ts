/** Activations of layers in ONNX. */
import type { Graph } from './graph.ts'
import type { LayerToWrite } from './layer.ts'
import { float, type Node } from './model.ts'

/** Keras' names of activations that are one operator. */
const activations: { readonly [name: string]: readonly [operator: string, attributes?: Node['attributes']] } = {
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  elu: ['Elu'],
  selu: ['Selu'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  softmax: ['Softmax'],
  // TensorFlow's is steeper than PyTorch's.
  hardSigmoid: ['HardSigmoid', { alpha: float(0.2), beta: float(0.5) }],
}

/** The activation of a layer; undefined if ONNX does not support it. */
export const knownActivation = (config: LayerToWrite['config']): boolean =>
  linear(config.activation) || activations[String(config.activation)] !== undefined

const linear = (activation: unknown): boolean => activation === undefined || activation === null || activation === 'linear'

/** @param write writes the computation before the activation, under the given name */
export function activated({ name, config, to }: LayerToWrite, graph: Graph, write: (name: string) => string): string {
  if (linear(config.activation)) return write(name)
  const [operator, attributes] = activations[String(config.activation)]!
  // Over the channels: the last axis, or for images in ONNX the first after the batch.
  const axis = operator === 'Softmax' ? { axis: to.length === 2 ? 2 : 1 } : {}
  return graph.add(operator, name, [write(`${name}/linear`)], { ...attributes, ...axis })
}
