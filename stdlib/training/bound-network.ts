/** A network on an engine: tf.layers' model with the variables of its parameters, loaded from and read back to plain arrays. */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { Engine, LayersModel, Tensor, Variable } from '../engine.ts'
import { type ChannelGroup, channelGroups } from '../models/structure/channels.ts'
import { featuresOf } from '../models/structure/rebuild.ts'
import { type Summary, summaryOf } from '../models/structure/summary.ts'
import { parametersOf, topologyOf } from '../models/structure/topology.ts'
import type { Topology, Weights } from '../network.ts'

export class BoundNetwork {
  readonly topology: Topology
  readonly model: LayersModel
  /** In the topology's order. */
  readonly variables: ReadonlyMap<string, Variable>
  /** From images to logits, without the additional inputs and outputs for training. */
  readonly #predictor: LayersModel
  readonly #engine: Engine

  /** @param model the model built from the description `spec` */
  constructor(engine: Engine, spec: Spec, model: LayersModel) {
    this.#engine = engine
    this.model = model
    this.#predictor = model.inputs.length === 1 ? model : engine.tf.model({ inputs: model.inputs[0]!, outputs: model.outputs[0]! })
    this.topology = topologyOf(spec, model)
    this.variables = new Map(parametersOf(model).map(({ parameter, variable }) => [parameter.name, variable]))
  }

  /**
   * images [batch, height, width, channels] → logits [batch, classes]. Training uses the batch's statistics and dropout. A batch ensemble
   * in training, or with `members`, returns [members · batch, classes], member by member. A network that predicts at each position of a
   * sequence returns [batch · length, classes].
   */
  logits(images: Tensor, training: boolean, members = false): Tensor {
    const outputs = this.#predictor.apply(images, { training, members })
    return inRows((Array.isArray(outputs) ? outputs[0]! : outputs) as Tensor) // tensors in, tensors out
  }

  /** Logits and the outputs of the named layers, from one pass. */
  tapped(layers: readonly string[], images: Tensor, training: boolean): { readonly logits: Tensor; readonly taps: readonly Tensor[] } {
    const key = layers.join(' ')
    const { inputs, outputs } = this.#predictor
    const tapped =
      this.#tapped.get(key) ??
      this.#engine.tf.model({
        inputs,
        outputs: [outputs[0]!, ...layers.map((name) => this.model.getLayer(name).output as (typeof inputs)[0])],
      })
    this.#tapped.set(key, tapped)
    const [logits, ...taps] = tapped.apply(images, { training }) as Tensor[] // several outputs
    return { logits: inRows(logits!), taps }
  }
  readonly #tapped = new Map<string, LayersModel>()

  /** Output channels or units of a layer. @throws ValueError for an unknown layer */
  widthAt(layer: string): number {
    return (this.model.getLayer(layer).outputShape as number[]).at(-1)!
  }

  /** The layer whose output the classifier pools or reads directly, and the shape of that output without the batch. */
  features(): { readonly layer: string; readonly shape: readonly number[] } {
    const tensor = featuresOf(this.model)
    return { layer: tensor.sourceLayer.name, shape: tensor.shape.slice(1) as number[] }
  }

  /** The groups of channels that must be removed together. */
  channels(): readonly ChannelGroup[] {
    return channelGroups(this.model)
  }

  /** Batch norm's running means and variances, and the weight of one batch in them, 1 − momentum. */
  runningStatistics(): readonly { readonly name: string; readonly variable: Variable; readonly share: number }[] {
    return this.topology.parameters
      .filter(({ role }) => role === 'moving_mean' || role === 'moving_variance')
      .map(({ name, layer }) => {
        const { momentum } = this.model.getLayer(layer).getConfig() as { readonly momentum: number } // of BatchNormalization
        return { name, variable: this.variables.get(name)!, share: 1 - momentum }
      })
  }

  /** Parameters and operations by layer. */
  summary(): Summary {
    return summaryOf(this.model, this.topology)
  }

  /** @throws PipelineProblem if the weights do not belong to this network */
  load(weights: Weights): void {
    for (const [name, variable] of this.variables) {
      const values = weights.get(name)
      if (values?.length !== variable.size) {
        throw new PipelineProblem({
          title: `The weights do not fit the network ${this.topology.model.name}.`,
          facts: {
            parameter: name,
            expected: `${variable.size} values, [${variable.shape.join(', ')}]`,
            given: values === undefined ? 'none' : `${values.length} values`,
          },
          hint: 'Give it weights of the same architecture.',
        })
      }
      this.#engine.assign(variable, values)
    }
  }

  async read(): Promise<Weights> {
    const weights = new Map<string, Float32Array>()
    for (const [name, variable] of this.variables) weights.set(name, (await this.#engine.read(variable)) as Float32Array) // variables are float32
    return weights
  }

  dispose(): void {
    this.model.dispose()
  }
}

/** Each prediction is a row, also for each position of a sequence. */
const inRows = (logits: Tensor): Tensor => (logits.rank === 2 ? logits : logits.reshape([-1, logits.shape.at(-1)!]))
