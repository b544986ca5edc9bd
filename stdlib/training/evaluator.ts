/** Measures a network on one split, in evaluation mode, with one trace: fixed batches, the last one padded with examples of weight zero. */
import type { Engine, Step } from '../engine.ts'
import type { Predictions } from '../metrics/predictions.ts'
import type { BoundNetwork } from './bound-network.ts'
import type { Examples } from './examples.ts'

const batch = 256

export interface Measures {
  /** Fraction of examples whose largest logit is the label's. */
  readonly accuracy: number
  /** Mean −log p(label), in nats. */
  readonly crossEntropy: number
}

export class Evaluator {
  readonly #engine: Engine
  readonly #count: number
  readonly #classes: number
  readonly #name: string
  readonly #network: BoundNetwork
  readonly #examples: Examples
  #measuring: Step | undefined
  #predicting: Step | undefined

  /** `name` leads the errors of its steps. */
  constructor(engine: Engine, name: string, network: BoundNetwork, examples: Examples) {
    this.#engine = engine
    this.#name = name
    this.#network = network
    this.#examples = examples
    this.#count = examples.count
    this.#classes = network.topology.classes
  }

  /** Sums of batches are added in double precision, in order. */
  async measure(): Promise<Measures> {
    let [loss, right] = [0, 0]
    this.#examples.ahead(this.#order())
    for (const { indices, weights } of this.#batches()) {
      const { tf } = this.#engine
      const inputs = [...(await this.#examples.feed(indices)), tf.tensor1d(weights)]
      const outputs = await this.#measureStep().run(inputs)
      loss += (await this.#engine.read(outputs[0]!))[0]!
      right += (await this.#engine.read(outputs[1]!))[0]!
      tf.dispose([...inputs, ...outputs])
    }
    return { accuracy: right / this.#count, crossEntropy: loss / this.#count }
  }

  /** Logits of every example in order, [examples, classes] row-major. */
  async predict(): Promise<Float32Array> {
    return (await this.predictions()).logits
  }

  /** The same with the examples' labels. */
  async predictions(): Promise<Predictions & { readonly logits: Float32Array }> {
    const all = new Float32Array(this.#count * this.#classes)
    const labels = new Int32Array(this.#count)
    let at = 0
    this.#examples.ahead(this.#order())
    for (const { indices, real } of this.#batches()) {
      const { tf } = this.#engine
      const inputs = await this.#examples.feed(indices)
      const outputs = await this.#predictStep().run(inputs)
      const logits = (await this.#engine.read(outputs[0]!)) as Float32Array // float32 logits
      const truth = (await this.#engine.read(outputs[1]!)) as Int32Array // int32 labels
      all.set(logits.subarray(0, real * this.#classes), at * this.#classes)
      labels.set(truth.subarray(0, real), at)
      at += real
      tf.dispose([...inputs, ...outputs])
    }
    return { logits: all, labels, classes: this.#classes }
  }

  dispose(): void {
    this.#measuring?.dispose()
    this.#predicting?.dispose()
  }

  #measureStep(): Step {
    const { tf } = this.#engine
    const weights = { name: 'weights', shape: [batch], dtype: 'float32' } as const
    const given = this.#examples.inputs(batch)
    this.#measuring ??= this.#engine.compile(`${this.#name}/evaluate`, [...given, weights], (...all) => {
      const { images, labels } = this.#examples.gathered(all.slice(0, given.length))
      const weight = all[given.length]!
      const logits = this.#network.logits(images, false)
      // tfjs types the indices of oneHot as tensors of one rank only.
      const losses = this.#engine.softmaxCrossEntropy(tf.cast(tf.oneHot(labels as never, this.#classes), 'float32'), logits)
      const right = tf.cast(tf.equal(tf.argMax(logits, -1), labels), 'float32')
      return [tf.sum(tf.mul(losses, weight)), tf.sum(tf.mul(right, weight))]
    })
    return this.#measuring
  }

  #predictStep(): Step {
    this.#predicting ??= this.#engine.compile(`${this.#name}/predict`, this.#examples.inputs(batch), (...given) => {
      const { images, labels } = this.#examples.gathered(given)
      return [this.#network.logits(images, false), labels]
    })
    return this.#predicting
  }

  *#order(): Generator<Int32Array> {
    for (const { indices } of this.#batches()) yield indices
  }

  *#batches(): Generator<{ indices: Int32Array; weights: Float32Array; real: number }> {
    for (let from = 0; from < this.#count; from += batch) {
      const real = Math.min(batch, this.#count - from)
      const indices = Int32Array.from({ length: batch }, (_, i) => (i < real ? from + i : 0))
      yield { indices, weights: Float32Array.from({ length: batch }, (_, i) => (i < real ? 1 : 0)), real }
    }
  }
}
