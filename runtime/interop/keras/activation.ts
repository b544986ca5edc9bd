/** Keras' activations: those of tf.layers stay in their layer, the others become separate layers. */
import type { Draft } from '../import/drafts.ts'
import type { Layer } from './layer.ts'

/** Maps Keras' names to those of tf.layers. */
const stock: { readonly [name: string]: string | undefined } = {
  linear: 'linear',
  relu: 'relu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  elu: 'elu',
  selu: 'selu',
  softplus: 'softplus',
  softsign: 'softsign',
  softmax: 'softmax',
}
const others = ['relu6', 'silu', 'swish', 'gelu', 'hard_sigmoid', 'hard_swish', 'hard_silu', 'mish', 'exponential'] as const

const nameOf = (layer: Layer): string => {
  const given = layer.option('activation') ?? 'linear'
  const name = typeof given === 'string' ? given : String(Object(given).class_name ?? 'nothing')
  if (Object.hasOwn(stock, name) || others.some((each) => each === name)) return name
  throw layer.refused('activation', name, [...Object.keys(stock), ...others].join(', '))
}

/** The activation as an option of the layer itself; empty if tf.layers does not have it. */
export function ownActivation(layer: Layer): { readonly activation?: string } {
  const name = stock[nameOf(layer)]
  return name === undefined || name === 'linear' ? {} : { activation: name }
}

/** The layer's output after an activation that is not an option of the layer. */
export function activated(layer: Layer, draft: Draft): Draft {
  const name = nameOf(layer)
  const of = (
    from: Draft[],
    kind: 'Activation' | 'Pointwise' | 'ReLU' | 'Multiply',
    options: { readonly [option: string]: string | number } = {},
  ) => layer.drafts.add(kind, { ...layer.where, name: `${layer.where.name}/activation` }, { from, shape: draft.shape, options })
  if (Object.hasOwn(stock, name))
    return layer.where.kind === 'Activation' ? layer.add('Activation', draft.shape, { activation: stock[name]! }) : draft
  switch (name) {
    case 'relu6':
      return of([draft], 'ReLU', { maxValue: 6 })
    case 'silu':
    case 'swish':
      return of([draft, of([draft], 'Activation', { activation: 'sigmoid' })], 'Multiply')
    case 'hard_sigmoid':
      // Keras 3 uses the same slope as PyTorch.
      return of([draft], 'Pointwise', { function: 'hardSigmoid', a: layer.version >= 3 ? 1 / 6 : 0.2, b: 0.5 })
    case 'exponential':
      return of([draft], 'Pointwise', { function: 'exp' })
    case 'gelu':
    case 'mish':
      return of([draft], 'Pointwise', { function: name })
    default:
      return of([draft], 'Pointwise', { function: 'hardSwish' })
  }
}
