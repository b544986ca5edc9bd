/** Reads a built network's architecture: its parameters with their roles, and how their first values are drawn. */

import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { LayersModel, Variable } from '../../engine.ts'
import { type Initializer, type Parameter, sizeOf, type Topology } from '../../network.ts'
import { type BuiltLayer, standsFor } from './rebuild.ts'

const roles = ['kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance', 'r', 's'] as const
type Role = Parameter['role']

/** Keras' names of the options that hold a role's initializer. */
const initializerOption: { readonly [R in Role]: string } = {
  kernel: 'kernelInitializer',
  bias: 'biasInitializer',
  gamma: 'gammaInitializer',
  beta: 'betaInitializer',
  moving_mean: 'movingMeanInitializer',
  moving_variance: 'movingVarianceInitializer',
  r: 'rInitializer',
  s: 'sInitializer',
}

/** What is read of a layer's weight; tf.layers does not declare all of it. */
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
      const role = roleOf(layer.name, weight.originalName)
      const parameter: Parameter = {
        name: `${layer.name}/${role}`,
        layer: layer.name,
        role,
        shape: weight.shape,
        prunable: role === 'kernel' && layer.trainable,
        trainable: weight.trainable && layer.trainable,
        initializer: initializerOf(
          layer.name,
          initializerIn(layer.getConfig(), role),
          fans(standsFor(layer as unknown as BuiltLayer).getClassName(), weight.shape),
        ),
      }
      return { parameter, variable: weight.read() }
    }),
  )
}

/** A depthwise layer's own option stands before the one it inherits. */
const initializerIn = (config: { readonly [option: string]: unknown }, role: Role): unknown =>
  (role === 'kernel' ? config.depthwiseInitializer : undefined) ?? config[initializerOption[role]]

export function topologyOf(spec: Spec, model: LayersModel): Topology {
  const [, ...input] = model.inputs[0]!.shape as number[] // the batch's size is open
  const parameters = parametersOf(model).map(({ parameter }) => parameter)
  return {
    model: spec,
    input,
    classes: model.outputs[0]!.shape.at(-1) as number,
    parameters,
    outputLayer: parameters.at(-1)!.layer,
  }
}

/** What a weight is to its layer. @throws PipelineProblem for one that is not known */
export function roleOf(layer: string, name: string): Role {
  const last = name.split('/').at(-1)?.replace('depthwise_kernel', 'kernel')
  const role = roles.find((one) => one === last)
  if (role !== undefined) return role
  throw new PipelineProblem({
    title: `Layer ${layer} has a weight whose role is not known.`,
    facts: { weight: name, 'known roles': roles.join(', ') },
    hint: 'Use dense, convolution and batch-norm layers.',
  })
}

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
  throw new PipelineProblem({
    title: `Layer ${layer} has an initializer that cannot be drawn from a seed.`,
    facts: { initializer: `${className} ${JSON.stringify(config)}` },
    hint: 'Use a Glorot, He, LeCun, normal, uniform (around 0) or constant initializer.',
  })
}

/** Dense [in, out]; convolution [height, width, in, out], each window position counted; a depthwise one sees one channel at a time, and of a transposed one the channels given come first. */
function fans(kind: string, shape: readonly number[]): [fanIn: number, fanOut: number] {
  const window = sizeOf(shape.slice(0, -2))
  if (kind === 'Conv2DTranspose') return [window * shape.at(-1)!, window * shape.at(-2)!]
  return kind === 'DepthwiseConv2D' ? [window, window * shape.at(-1)!] : [window * (shape.at(-2) ?? 1), window * (shape.at(-1) ?? 1)]
}
