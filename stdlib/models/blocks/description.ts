/** Shared by the descriptions of built-in networks: a number of classes, and image shapes from the data. */
import type { Json } from '../../../dsl/check/canonical.ts'
import { inRange, optionsOf, ranges } from '../../../dsl/check/checks.ts'
import { type Arch, type ImageShape, type Model, modelOf } from '../../../dsl/index.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import type { UserFunctions } from '../../user-functions.ts'

/** Options of every built-in network. */
export interface ClassesOption<C extends number> {
  /** Number of classes, 2 or more. Default 10. */
  readonly classes?: C
}

/** Default image shapes of descriptions: MNIST's and CIFAR's. */
export const mnistImages: ImageShape = [28, 28, 1]
export const cifarImages: ImageShape = [32, 32, 3]

const usualClasses = 10

/** @throws PipelineProblem for unknown options, and for a number of classes out of range */
export const classesIn = <C extends number>(verb: string, options: ClassesOption<C> | undefined): C => {
  const { classes = usualClasses } = optionsOf(verb, options, ['classes'])
  return inRange(verb, 'classes', classes, ranges.classes) as C // a number, and the default is the type's
}

/** The names of built-in networks in descriptions, without those made of other networks. */
export type NetworkName =
  | 'bnConv'
  | 'conv2'
  | 'convNet'
  | 'lenet300'
  | 'lenet5'
  | 'lstm'
  | 'mobilenetV2'
  | 'preResNet'
  | 'resnet'
  | 'resnetX4'
  | 'vgg'
  | 'vit'
  | 'wide'
  | 'wrn'

/** A convolutional network with batch norm and global pooling: the layers `L`, and the classifier `out`. */
export interface NormedNet<L extends object, C extends number> extends Arch {
  readonly classes: C
  readonly layers: L & { readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'batch-norm'
  readonly features: 'feature map'
  readonly members: 1
}

type Options = { readonly [name: string]: Json }

/** Builds the network of a description with these options. */
export type ModelBuilder = (tf: Tf, options: Options, parts: ModelParts) => LayersModel

interface ModelParts {
  readonly functions: UserFunctions
  /** A network inside this one. */
  other(spec: Spec): LayersModel
}

/** Options with default values are omitted from the description. */
export const described = <A extends Arch>(name: NetworkName, options: Options, arch: A, input: ImageShape): Model<A> =>
  modelOf<A>({ name, options: arch.classes === usualClasses ? options : { ...options, classes: arch.classes } }, arch, input)

/** Describes one. @param layers by name with their widths, from input to output; they match the type `A` */
export const normedNet = <A extends NormedNet<object, number>>(
  name: NetworkName,
  options: Options,
  layers: readonly (readonly [name: string, width: number])[],
  classes: A['classes'],
  input: ImageShape,
): Model<A> => {
  const widths = { ...Object.fromEntries(layers), out: classes }
  const arch = { classes, layers: widths, channels: 'has channels', norm: 'batch-norm', features: 'feature map', members: 1 } as const
  return described(name, options, arch as unknown as A, input)
}

export interface Shape {
  readonly input: [height: number, width: number, channels: number]
  readonly classes: number
}

/** The contents of a description, from `described` and the data. */
export const shapeIn = (options: Options, usual: ImageShape): Shape => ({
  input: [...((options.input as unknown as ImageShape | undefined) ?? usual)],
  classes: (options.classes as number | undefined) ?? usualClasses,
})
