/** Reads a built network's architecture: its parameters with their roles and initializers. */

import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { LayersModel, Variable } from '../../engine.ts'
import { type Initializer, isKernel, type Parameter, type ParameterRole, sizeOf, type Topology } from '../../network.ts'
import { type BuiltLayer, type Config, standsFor } from './rebuild.ts'

/** By tf.layers' names of weights: their roles, and the option with their initializer. */
const known: { readonly [weight: string]: { readonly role: ParameterRole; readonly initializer: string } } = {
  kernel: { role: 'kernel', initializer: 'kernelInitializer' },
  depthwise_kernel: { role: 'kernel', initializer: 'depthwiseInitializer' },
  pointwise_kernel: { role: 'kernel', initializer: 'pointwiseInitializer' },
  recurrent_kernel: { role: 'recurrent', initializer: 'recurrentInitializer' },
  embeddings: { role: 'embedding', initializer: 'embeddingsInitializer' },
  bias: { role: 'bias', initializer: 'biasInitializer' },
  alpha: { role: 'scale', initializer: 'alphaInitializer' },
  gamma: { role: 'gamma', initializer: 'gammaInitializer' },
  beta: { role: 'beta', initializer: 'betaInitializer' },
  moving_mean: { role: 'moving_mean', initializer: 'movingMeanInitializer' },
  moving_variance: { role: 'moving_variance', initializer: 'movingVarianceInitializer' },
  r: { role: 'r', initializer: 'rInitializer' },
  s: { role: 's', initializer: 'sInitializer' },
}

/** The properties read from a layer's weight; tf.layers does not declare all of them. */
interface LayerWeight {
  readonly originalName: string
  readonly shape: readonly number[]
  readonly trainable: boolean
  read(): Variable
}

export interface BoundParameter {
  readonly parameter: Parameter
  readonly variable: Variable
}

/** Parameters in the order of the layers, each with its variable. */
export function parametersOf(model: LayersModel): BoundParameter[] {
  return model.layers.flatMap((layer) =>
    (layer.weights as unknown as LayerWeight[]).map((weight) => {
      const built = layer as unknown as BuiltLayer // tf.layers does not declare all of them
      const own = weightNameOf(built, weight.originalName)
      const { role, prunable, initializer } = built.declared?.get(own) ?? readOf(built, own, weight)
      const { trainable } = layer
      const parameter: Parameter = {
        name: `${layer.name}/${own}`,
        layer: layer.name,
        role,
        shape: weight.shape,
        prunable: prunable && trainable,
        trainable: weight.trainable && trainable,
        initializer,
      }
      return { parameter, variable: weight.read() }
    }),
  )
}

/** The role of a weight of tf.layers. @throws PipelineProblem for an unknown weight */
function readOf(layer: BuiltLayer, own: string, { shape }: LayerWeight): Pick<Parameter, 'role' | 'prunable' | 'initializer'> {
  // In layers that wrap another, the names for the two directions have a prefix.
  const found = known[own.replace(/^(forward|backward)_/, '')]
  if (found === undefined) throw unknownWeight(layer.name, own)
  const role = layer.getClassName() === 'LayerNormalization' ? normalising[own as 'gamma' | 'beta'] : found.role
  const inside = layer.getConfig().layer as { readonly config: Config } | undefined
  const config = inside?.config ?? layer.getConfig()
  // A depthwise layer's own option takes precedence over the inherited one.
  const given = (own === 'kernel' ? config.depthwiseInitializer : undefined) ?? config[found.initializer]
  const first = initializerOf(layer.name, given, fans(standsFor(layer).getClassName(), own, shape))
  const initializer = role === 'bias' && config.unitForgetBias === true ? forgetting(layer.name, first) : first
  return { role, prunable: isKernel({ role }), initializer }
}

/** For layer normalisation; slimming and folding look for the roles of batch norm. */
const normalising = { gamma: 'scale', beta: 'bias' } as const

/** One for the second gate of an LSTM, the forget gate. */
function forgetting(layer: string, first: Initializer): Initializer {
  const rest = first.kind === 'zeros' ? 0 : first.kind === 'ones' ? 1 : first.kind === 'constant' ? first.value : undefined
  if (rest !== undefined) return { kind: 'parts', values: [rest, 1, rest, rest] }
  throw undrawable(layer, `${first.kind}, with unitForgetBias`)
}

export function topologyOf(spec: Spec, model: LayersModel): Topology {
  const [, ...input] = model.inputs[0]!.shape as number[] // the batch size is unknown
  const parameters = parametersOf(model).map(({ parameter }) => parameter)
  return {
    model: spec,
    input,
    classes: model.outputs[0]!.shape.at(-1) as number,
    parameters,
    outputLayer: parameters.at(-1)!.layer,
  }
}

/** A weight's name in its layer. */
export function weightNameOf(layer: BuiltLayer, originalName: string): string {
  const [, ...path] = originalName.split('/')
  const last = path.at(-1) ?? originalName
  if (last === 'depthwise_kernel' && layer.getClassName() === 'DepthwiseConv2D') return 'kernel'
  // The names of inner layers are regenerated at each build.
  const direction = /^(forward|backward)_/.exec(path.length > 1 ? path[0]! : '')?.[0] ?? ''
  return `${direction}${last}`
}

const unknownWeight = (layer: string, weight: string) =>
  new PipelineProblem({
    title: `Layer ${layer} has a weight whose role is not known.`,
    facts: { weight, 'known weights': Object.keys(known).join(', ') },
    hint: "Use tf.layers' own layers, or make one with layer(), which says what its weights are.",
  })

/** tf.layers writes Glorot, He and LeCun initializers as variance scaling. Normal ones are not truncated here. */
function initializerOf(layer: string, given: unknown, [fanIn, fanOut]: readonly [number, number]): Initializer {
  const { className, config } = given as { className: string; config: { readonly [option: string]: unknown } }
  switch (className) {
    case 'Zeros':
      return { kind: 'zeros' }
    case 'Ones':
      return { kind: 'ones' }
    case 'Constant':
      return { kind: 'constant', value: Number(config.value) }
    case 'Orthogonal':
      return { kind: 'orthogonal', gain: Number(config.gain) }
    case 'RandomNormal':
      return { kind: 'normal', std: Number(config.stddev), ...(config.mean === 0 ? {} : { mean: Number(config.mean) }) }
    case 'RandomUniform':
      if (Number(config.minval) === -Number(config.maxval)) return { kind: 'uniform', limit: Number(config.maxval) }
      break
    case 'VarianceScaling': {
      const fan = config.mode === 'fanIn' ? fanIn : config.mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2
      const variance = Number(config.scale) / fan
      return config.distribution === 'uniform'
        ? { kind: 'uniform', limit: Math.sqrt(3 * variance) }
        : { kind: 'normal', std: Math.sqrt(variance) }
    }
  }
  throw undrawable(layer, `${className} ${JSON.stringify(config)}`)
}

const undrawable = (layer: string, initializer: string) =>
  new PipelineProblem({
    title: `Layer ${layer} has an initializer that cannot be drawn from a seed.`,
    facts: { initializer },
    hint: 'Use a Glorot, He, LeCun, normal, uniform (around 0), orthogonal or constant initializer.',
  })

/**
 * Dense [in, out]; convolution [height, width, in, out], each window position counted; a depthwise kernel sees one channel at a time, and
 * in a transposed one the output channels come first.
 */
function fans(kind: string, weight: string, shape: readonly number[]): [fanIn: number, fanOut: number] {
  const window = sizeOf(shape.slice(0, -2))
  if (kind === 'Conv2DTranspose') return [window * shape.at(-1)!, window * shape.at(-2)!]
  return kind === 'DepthwiseConv2D' || weight === 'depthwise_kernel'
    ? [window, window * shape.at(-1)!]
    : [window * (shape.at(-2) ?? 1), window * (shape.at(-1) ?? 1)]
}
