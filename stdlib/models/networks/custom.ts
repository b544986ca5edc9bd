/** Custom networks: any tf.LayersModel, from a user's function identified by its fingerprint. */

import type { FunctionRef } from '../../../dsl/check/function-reference.ts'
import { referenceToFunction } from '../../../dsl/check/function-reference.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import { type Arch, type Model, modelOf } from '../../../dsl/index.ts'
import { customSpec } from '../../../dsl/language/custom.ts'
import type { LayersModel, Tf } from '../../engine.ts'
import { calling, wrongResult } from '../../user-functions.ts'
import type { ModelBuilder } from '../blocks/description.ts'
import { channelGroups } from '../structure/channels.ts'
import { type BuiltLayer, type Config, featuresOf, layersOf } from '../structure/rebuild.ts'

/**
 * A custom network. Name the type of its facts (`interface MyNet extends Arch`), so that hovers stay short.
 * @param build images [batch, height, width, channels] → logits [batch, classes], without a softmax at the end
 * @param facts what verbs may ask of it; `layers` are those with weights, from input to output
 */
export const model = <const A extends Arch>(build: (tf: Tf) => LayersModel, facts: A): Model<A> => {
  const fn = referenceToFunction('model', 'model()', build, 'model((tf) => tf.sequential({ layers: [ … ] }), facts)')
  const wrong = wrongFact(facts)
  if (wrong === undefined) {
    const { classes, channels, norm, features, members } = facts
    const layers = { ...facts.layers } as { readonly [layer: string]: number }
    return modelOf(customSpec(fn, { classes, layers, channels, norm, features, members }), facts)
  }
  throw new PipelineProblem({
    title: 'model() needs the facts of the network.',
    facts: { verb: 'model()', option: wrong },
    hint: "For example { classes: 10, layers: { fc1: 300, out: 10 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 }.",
  })
}

const whole = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0

/** The first fact that is missing or wrong. */
const wrongFact = (facts: Partial<Arch> | undefined): string | undefined => {
  const checks: { readonly [fact in keyof Arch]: boolean } = {
    classes: whole(facts?.classes),
    layers: typeof facts?.layers === 'object' && Object.values(facts.layers).length > 0 && Object.values(facts.layers).every(whole),
    channels: ['has channels', 'has no channels'].includes(facts?.channels ?? ''),
    norm: ['batch-norm', 'no batch-norm'].includes(facts?.norm ?? ''),
    features: ['feature map', 'feature vector'].includes(facts?.features ?? ''),
    members: whole(facts?.members),
  }
  return Object.entries(checks).find(([, right]) => !right)?.[0]
}

/** The options of its description. */
interface CustomModel {
  readonly fn: Pick<FunctionRef, 'fingerprint'>
  readonly facts: Omit<Arch, 'layers'> & { readonly layers: { readonly [layer: string]: number } }
}

/** Calls the function and checks its result against the facts. @throws FunctionProblem */
export const buildCustom: ModelBuilder = (tf, options, { functions }) => {
  const { fn, facts } = options as unknown as CustomModel // what model() wrote
  const build = functions(fn.fingerprint) as (tf: Tf) => unknown
  const name = build.name || 'model'
  const made = calling('model', name, () => build(tf)) as LayersModel
  const wrong = wrongModel(made, facts)
  if (wrong === undefined) return made
  throw wrongResult('model', name, `Your model is not what it should be: ${wrong[0]}.`, {}, wrong[1])
}

type Shape = LayersModel['inputs'][number]['shape']

const isKnown = ([, ...shape]: Shape): boolean => shape.length > 0 && shape.every((size) => size !== null)

const shapesOf = (tensors: LayersModel['inputs']): string => tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')

type Wrong = readonly [what: string, hint: string]

function wrongModel(made: LayersModel, facts: CustomModel['facts']): Wrong | undefined {
  if (!Array.isArray(Object(made).layers) || !Array.isArray(made.inputs) || typeof made.apply !== 'function')
    return ['it is no tf.LayersModel', 'Return tf.sequential({ layers: [ … ] }) or tf.model({ inputs, outputs }).']
  const [[images, ...others], [logits, ...rest]] = [made.inputs, made.outputs]
  if (images === undefined || others.length > 0 || !isKnown(images.shape))
    return [
      `it reads ${shapesOf(made.inputs)}`,
      'It reads one tensor whose shape is known but for the batch: inputShape [height, width, channels], or [length] for tokens.',
    ]
  // For a sequence, each position may have its own.
  const axes = images.shape.length === 2 ? [2, 3] : [2]
  if (logits === undefined || rest.length > 0 || !axes.includes(logits.shape.length) || logits.shape.at(-1) !== facts.classes)
    return [
      `it gives ${shapesOf(made.outputs)}, and its facts say ${facts.classes} classes`,
      'End it in a dense layer with as many units as there are classes, without a softmax.',
    ]
  return wrongLayer(layersOf(made), facts) ?? wrongClaim(made, facts)
}

function wrongLayer(layers: readonly BuiltLayer[], facts: CustomModel['facts']): Wrong | undefined {
  const unnamed = layers.find((layer) => layer.weights.length > 0 && madeUp(layer))
  if (unnamed !== undefined)
    return [
      `layer ${unnamed.name} has weights and no name of its own`,
      "tf.layers makes another name up each time: give every layer with weights one, for example tf.layers.dense({ name: 'fc1', units: 64 }).",
    ]
  for (const layer of layers) {
    const why = unrepeatable(layer)
    if (why !== undefined) return why
  }
  for (const [name, width] of Object.entries(facts.layers)) {
    const layer = layers.find((one) => one.name === name)
    if (layer === undefined) return [`it has no layer ${name}, which its facts name`, `It has ${layers.map((one) => one.name).join(', ')}.`]
    const found = layer.inboundNodes[0]!.outputTensors[0]!.shape.at(-1)
    if (found !== width) return [`layer ${name} gives ${found} numbers or channels, and its facts say ${width}`, 'Correct one of the two.']
  }
  return undefined
}

/** Layers that draw random numbers without a seed. */
const unseeded = new Set(['GaussianNoise', 'GaussianDropout', 'AlphaDropout'])

/** What could not be reproduced: random numbers without a seed, and state that is not in checkpoints. */
function unrepeatable(layer: BuiltLayer): Wrong | undefined {
  const config = layer.getConfig()
  const inside = (config.layer as { readonly config: Config } | undefined)?.config ?? config
  const hint = 'Put tf.layers.dropout() before it, which draws from the seed.'
  if (unseeded.has(layer.getClassName()) || Number(inside.dropout ?? 0) > 0 || Number(inside.recurrentDropout ?? 0) > 0)
    return [`layer ${layer.name} draws random numbers without a seed`, hint]
  if (inside.stateful === true)
    return [`layer ${layer.name} keeps its state from one batch to the next`, 'Leave out stateful: the order of the batches is random.']
  return undefined
}

/** `dense_Dense3`: from the class and a counter. */
const madeUp = (layer: BuiltLayer): boolean => new RegExp(`^[a-z0-9_]+_${layer.getClassName()}\\d+$`).test(layer.name)

function wrongClaim(made: LayersModel, { channels, norm, features, members }: CustomModel['facts']): Wrong | undefined {
  const kinds = layersOf(made).map((layer) => layer.getClassName())
  const hint = 'Correct the facts.'
  if (channels === 'has channels' && !kinds.some((kind) => kind.endsWith('Conv2D')) && channelGroups(made).every(({ fixed }) => fixed))
    return ['it has no convolution, no heads and no units that may be removed, and its facts say it has channels', hint]
  if (norm === 'batch-norm' && !kinds.includes('BatchNormalization')) return ['it has no batch norm, and its facts say it has', hint]
  if (features === 'feature map' && featuresOf(made).shape.length !== 4)
    return ['its last layer reads a vector, and its facts say a feature map', hint]
  return members === 1 ? undefined : [`its facts say ${members} members`, 'Use batchEnsemble(model, members) for members.']
}
