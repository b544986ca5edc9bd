/** A network on an engine: tf.layers' model with the variables of its parameters, loaded from and read back to plain arrays. */
import { PipelineProblem } from '../../dsl/problem.ts'
import type { Spec } from '../../dsl/stage.ts'
import type { Engine, LayersModel, Tensor, Variable } from '../engine.ts'
import { type ChannelGroup, channelGroups } from '../models/channels.ts'
import { buildModel } from '../models/registry.ts'
import { parametersOf, topologyOf } from '../models/topology.ts'
import type { Topology, Weights } from '../network.ts'

export class BoundNetwork {
  readonly topology: Topology
  /** In the topology's order. */
  readonly variables: ReadonlyMap<string, Variable>
  readonly #engine: Engine
  readonly #model: LayersModel

  constructor(engine: Engine, spec: Spec) {
    this.#engine = engine
    this.#model = buildModel(engine.tf, spec)
    this.topology = topologyOf(spec, this.#model)
    this.variables = new Map(parametersOf(this.#model).map(({ parameter, variable }) => [parameter.name, variable]))
  }

  /** images [batch, height, width, channels] → logits [batch, classes]. Training uses the batch's statistics and dropout. */
  logits(images: Tensor, training: boolean): Tensor {
    return this.#model.apply(images, { training }) as Tensor // one input, one output
  }

  /** Which channels stand or fall together. */
  channels(): readonly ChannelGroup[] {
    return channelGroups(this.#model)
  }

  /** @throws PipelineProblem when the weights are not those of this network */
  load(weights: Weights): void {
    for (const [name, variable] of this.variables) {
      const values = weights.get(name)
      if (values?.length !== variable.size) {
        throw new PipelineProblem({
          title: `The weights do not fit the network ${this.topology.model.name}.`,
          facts: [
            ['parameter', name],
            ['expected', `${variable.size} values, [${variable.shape.join(', ')}]`],
            ['given', values === undefined ? 'none' : `${values.length} values`],
          ],
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
    this.#model.dispose()
  }
}
