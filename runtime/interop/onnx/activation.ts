/** Activations of layers in ONNX. */
import type { Graph } from './graph.ts'
import type { LayerToWrite } from './layer.ts'
import { float, type Node } from './model.ts'

/** Activations, by Keras' names, that are a single operator in ONNX. */
const activations: { readonly [name: string]: readonly [operator: string, attributes?: Node['attributes']] } = {
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  elu: ['Elu'],
  selu: ['Selu'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  softmax: ['Softmax'],
  // The slope of TensorFlow's hard sigmoid is 0.2, that of PyTorch's 1/6.
  hardSigmoid: ['HardSigmoid', { alpha: float(0.2), beta: float(0.5) }],
}

/** Whether ONNX has an operator for the layer's activation. */
export const knownActivation = (config: LayerToWrite['config']): boolean =>
  linear(config.activation) || activations[String(config.activation)] !== undefined

const linear = (activation: unknown): boolean => activation === undefined || activation === null || activation === 'linear'

/**
 * @param write writes the computation before the activation, under the given name
 * @param channels the axis of the channels: 1 in ONNX's order of images, the last one of sequences
 */
export function activated(
  { name, config, to }: LayerToWrite,
  graph: Graph,
  write: (name: string) => string,
  channels = to.length === 2 ? 2 : 1,
): string {
  if (linear(config.activation)) return write(name)
  const [operator, attributes] = activations[String(config.activation)]!
  const axis = operator === 'Softmax' ? { axis: channels } : {}
  return graph.add(operator, name, [write(`${name}/linear`)], { ...attributes, ...axis })
}
