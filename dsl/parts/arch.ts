import type { Json } from '../check/canonical.ts'
import type { Spec } from './spec.ts'

/** The facts about an architecture. Values are plain words because they appear in error messages. */
export interface Arch {
  /** Number of classes predicted. */
  readonly classes: number
  /** Layers with weights, by name, with their numbers of units or channels, from input to output. */
  readonly layers: object
  readonly channels: 'has channels' | 'has no channels'
  readonly norm: 'batch-norm' | 'no batch-norm'
  /** The input of the last layer. */
  readonly features: 'feature vector' | 'feature map'
  /** The number of networks that share the weights; 1 unless the model is a batch ensemble. */
  readonly members: number
}

/** A network with channels, which structured pruning can remove. */
export interface HasChannels {
  readonly channels: 'has channels'
}
/** A network with batch norm. */
export interface HasBatchNorm {
  readonly norm: 'batch-norm'
}
/** A network with a feature map [height, width, channels] before its classifier. */
export interface HasFeatureMap {
  readonly features: 'feature map'
}
/** A network with layers of these names. */
export interface HasLayer<L extends string> {
  readonly layers: { readonly [K in L]: number }
}

/** Not a batch ensemble. */
export interface OneNetwork {
  readonly members: 1
}

/** One teacher, not an ensemble. */
export interface OneTeacher {
  readonly teachers: 1
}

/** Networks that share their weights, each with its own multiplicative factors (Wen, Tran & Ba, 2020). */
export interface BatchEnsemble<A extends Arch, N extends number> extends Arch {
  readonly classes: A['classes']
  readonly layers: A['layers']
  readonly channels: A['channels']
  readonly norm: A['norm']
  readonly features: A['features']
  readonly members: N
  /** The network of one member, which mergeMembers() returns. */
  readonly of: A
}

/** [height, width, channels] of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number]
/** The shape of one example: an image, or a sequence of tokens. */
export type InputShape = ImageShape | readonly [length: number]

/** A description of a network: a name in the registry with its options, and the facts that verbs require. */
export interface Model<out A extends Arch> {
  readonly kind: 'model'
  readonly spec: Spec
  readonly arch: A
  /** The image shape if the options do not set it. Without it, only the built network knows the shape. */
  readonly input?: InputShape
  /** The file it is read from, which also contains weights. */
  readonly file?: string
}

/** Describes a built-in network. Name the type of its facts (`interface LeNet300 extends Arch`), so that hovers stay short. */
export const modelOf = <A extends Arch>(spec: Spec, arch: A, input?: InputShape, file?: string): Model<A> => ({
  kind: 'model',
  spec,
  arch,
  ...(input === undefined ? {} : { input }),
  ...(file === undefined ? {} : { file }),
})

/** The description of the network for images of this shape: its option `input`, set only if it differs from the default. */
export const reading = <A extends Arch>({ spec, input: usual }: Model<A>, example: InputShape | undefined): Spec => {
  if (usual === undefined || example === undefined || example.every((size, axis) => size === usual[axis])) return spec
  const told = ({ name, options }: Spec): Spec => ({
    name,
    options: isSpec(options.of) ? { ...options, of: { ...told(options.of) } } : { ...options, input: example },
  })
  return told(spec)
}

/** A network inside another's description. */
const isSpec = (option: Json | undefined): option is Json & Spec => typeof option === 'object' && option !== null && 'name' in option
