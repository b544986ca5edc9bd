/** Networks from files of other programs: layers and their wiring as plain data, translated from the file when it is read. */
import type { Json } from '../../../dsl/check/canonical.ts'
import { inRange, optionsOf, problem, ranges, shown } from '../../../dsl/check/checks.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import { type Arch, type Model, modelOf } from '../../../dsl/index.ts'
import { isNetworkFile } from '../../../dsl/parts/network-file.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { Tf } from '../../engine.ts'
import { type Computation, computations } from '../blocks/computations.ts'
import type { ModelBuilder } from '../blocks/description.ts'
import type { Layer, SymbolicTensor } from '../structure/rebuild.ts'

/** Kinds of layers in translated files that tf.layers has, with its functions for them. */
const stock = {
  Activation: 'activation',
  Add: 'add',
  Average: 'average',
  AveragePooling2D: 'averagePooling2d',
  BatchNormalization: 'batchNormalization',
  Concatenate: 'concatenate',
  Conv2D: 'conv2d',
  Conv2DTranspose: 'conv2dTranspose',
  Cropping2D: 'cropping2D',
  Dense: 'dense',
  DepthwiseConv2D: 'depthwiseConv2d',
  Dropout: 'dropout',
  ELU: 'elu',
  Embedding: 'embedding',
  Flatten: 'flatten',
  GRU: 'gru',
  GlobalAveragePooling1D: 'globalAveragePooling1d',
  GlobalAveragePooling2D: 'globalAveragePooling2d',
  GlobalMaxPooling2D: 'globalMaxPooling2d',
  LSTM: 'lstm',
  LayerNormalization: 'layerNormalization',
  LeakyReLU: 'leakyReLU',
  MaxPooling2D: 'maxPooling2d',
  Maximum: 'maximum',
  Minimum: 'minimum',
  Multiply: 'multiply',
  Permute: 'permute',
  ReLU: 'reLU',
  RepeatVector: 'repeatVector',
  Reshape: 'reshape',
  SimpleRNN: 'simpleRNN',
  UpSampling2D: 'upSampling2d',
  ZeroPadding2D: 'zeroPadding2d',
} as const satisfies { readonly [kind: string]: keyof Tf['layers'] }

export type ImportedKind = keyof typeof stock | Computation

interface ImportedLayer {
  readonly kind: ImportedKind
  /** Unique among the layers. */
  readonly name: string
  /** Its input layers, in order; `input` is the network's input. */
  readonly from: readonly string[]
  /** In the form of tf.layers. */
  readonly options: { readonly [option: string]: Json }
}

/** The options of the description `imported`, after its file was read. */
export interface ImportedNetwork {
  /** Of one example: [height, width, channels] of an image, [length, features] of a sequence, [length] of tokens. */
  readonly input: readonly number[]
  readonly classes: number
  /** In topological order. */
  readonly layers: readonly ImportedLayer[]
  /** The layer of the logits. */
  readonly output: string
}

/** The facts about a file's network before the file is read. `espalier plan` reads the file and reports what is not supported. */
export interface Imported<C extends number, L extends object> extends Arch {
  readonly classes: C
  readonly layers: L
  readonly channels: 'has channels'
  readonly norm: 'batch-norm'
  readonly features: 'feature map'
  readonly members: 1
}

export interface ImportedOptions<C extends number, L extends { readonly [layer: string]: number }> {
  /** An ONNX file, or the `model.json` of a Keras or TensorFlow.js network; absolute or relative to the working directory. */
  readonly from: string
  /** The number of classes, 2 or more. */
  readonly classes: C
  /** Layers that verbs can name, with their numbers of channels or units: `{ 'layer1.0.conv1': 64 }`. Default none. */
  readonly layers?: L
}

/**
 * A network from a file. The keys include the content of the file, not its path. `task(…).pretrained()` starts from its weights.
 * @throws PipelineProblem for another kind of file and, when the file is read, for unsupported operators and attributes
 */
export const imported = <const C extends number, const L extends { readonly [layer: string]: number } = Record<never, never>>(
  options: ImportedOptions<C, L>,
): Model<Imported<C, L>> => {
  const verb = 'imported()'
  const { from, classes, layers = {} } = optionsOf(verb, options, ['from', 'classes', 'layers'])
  if (!isNetworkFile(from)) {
    throw problem(
      'imported() needs the file of a network.',
      { verb, option: 'from', value: shown(from), allowed: 'the path of a file that ends in .onnx, or of a model.json' },
      "For example from: 'networks/resnet18.onnx'. PyTorch writes one with torch.onnx.export(model, images, path).",
    )
  }
  const count = inRange(verb, 'classes', classes, ranges.classes)
  if (!isWidths(layers)) {
    throw problem(
      'imported() does not take this for layers.',
      { verb, option: 'layers', value: shown(layers), allowed: 'names of layers, each with its number of channels or units' },
      "For example layers: { 'layer1.0.conv1': 64 }.",
    )
  }
  const arch = { classes: count, layers, channels: 'has channels', norm: 'batch-norm', features: 'feature map', members: 1 } as const
  // The options are those of the type by now.
  return modelOf(
    { name: 'imported', options: { from, classes: count, named: layers as Json } },
    arch as unknown as Imported<C, L>,
    undefined,
    from,
  )
}

const isWidths = (value: unknown): value is { readonly [layer: string]: number } =>
  typeof value === 'object' && value !== null && Object.values(value).every((width) => Number.isInteger(width) && Number(width) > 0)

/** What `imported()` wrote, before the file was read. */
export interface ToImport {
  readonly from: string
  readonly classes: number
  readonly named: { readonly [layer: string]: number }
}

/** The file's network that a description is or contains; undefined for others. */
export function importedIn({ name, options }: Spec): ImportedNetwork | undefined {
  if (name === 'imported') return Array.isArray(options.layers) ? (options as unknown as ImportedNetwork) : undefined
  return name === 'batchEnsemble' ? importedIn(options.of as unknown as Spec) : undefined // as batchEnsemble() wrote it
}

export const buildImported: ModelBuilder = (tf, options) => {
  if (!Array.isArray(options.layers)) throw notRead(String(options.from))
  const { input, layers, output } = options as unknown as ImportedNetwork // as the file was translated
  const own = computations(tf)
  const made = new Map<string, SymbolicTensor>([['input', tf.input({ shape: [...input] })]])
  for (const { kind, name, from, options: given } of layers) {
    const configuration = { ...given, name }
    const layer =
      kind in own ? own[kind as Computation](configuration) : (tf.layers[stock[kind as keyof typeof stock]] as MakeLayer)(configuration)
    const inputs = from.map((each) => made.get(each)!)
    made.set(name, layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as SymbolicTensor) // of symbols a symbol
  }
  return tf.model({ inputs: made.get('input')!, outputs: made.get(output)! })
}

type MakeLayer = (options: object) => Layer

const notRead = (from: string) =>
  new PipelineProblem({
    title: 'The file of a network that imported() names has not been read.',
    facts: { file: from },
    hint: 'Run the pipeline file with espalier run.',
  })
