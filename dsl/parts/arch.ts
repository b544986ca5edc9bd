import type { Json } from '../check/canonical.ts'
import type { Spec } from './spec.ts'

/** What the language knows about an architecture. Values are plain words because they appear in error messages. */
export interface Arch {
  /** Number of classes predicted. */
  readonly classes: number
  /** Layers with weights, by name, with their numbers of units or channels, from input to output. */
  readonly layers: object
  readonly channels: 'has channels' | 'has no channels'
  readonly norm: 'batch-norm' | 'no batch-norm'
  /** What the last layer reads. */
  readonly features: 'feature vector' | 'feature map'
  /** Networks that share the weights; 1 unless the model is an ensemble inside. */
  readonly members: number
}

/** A network with channels, which can be removed whole. */
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

/** No ensemble inside. */
export interface OneNetwork {
  readonly members: 1
}

/** One teacher, not an ensemble. */
export interface OneTeacher {
  readonly teachers: 1
}

/** Networks that share their weights up to factors of their own for each (Wen, Tran & Ba, 2020). */
export interface BatchEnsemble<A extends Arch, N extends number> extends Arch {
  readonly classes: A['classes']
  readonly layers: A['layers']
  readonly channels: A['channels']
  readonly norm: A['norm']
  readonly features: A['features']
  readonly members: N
  /** The network that each member is, and that mergeMembers() gives. */
  readonly of: A
}

/** [height, width, channels] of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number]
/** Of one example: an image, or a sequence of tokens. */
export type InputShape = ImageShape | readonly [length: number]

/** A network to be built: a name in the registry with its options, and the facts that decide what may be done with it. */
export interface Model<out A extends Arch> {
  readonly kind: 'model'
  readonly spec: Spec
  readonly arch: A
  /** The images that the description stands for when it does not say. Without it, only the network knows. */
  readonly input?: InputShape
  /** The file that it comes out of, with weights of its own. */
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

/** The description of the network for images of this shape: its option `input`, given only where it differs from what goes without saying. */
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
