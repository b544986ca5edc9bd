/** Evaluates a network on one split with one trace: fixed batches, the last one padded with examples of weight zero. */
import type { Engine, Step, Tensor } from '../engine.ts'
import type { BoundNetwork } from './bound-network.ts'
import type { Examples } from './examples.ts'
import { squaredErrors } from './objective.ts'

const batch = 256

export interface ClassMeasures {
  /** Fraction of examples, or of positions in sequences, whose largest logit is that of the label. */
  readonly accuracy: number
  /** Mean −log p(label), in nats. */
  readonly crossEntropy: number
}

/** For regression the mean squared error of normalised targets. */
export type Measures = ClassMeasures | { readonly squaredError: number }

export const lossOf = (measures: Measures): number => ('squaredError' in measures ? measures.squaredError : measures.crossEntropy)

/** Their names in results, after the name of the split. */
export const namedMeasures = (split: string, measures: Measures): { readonly [name: string]: number } => ({
  [`${split}/loss`]: lossOf(measures),
  ...('accuracy' in measures ? { [`${split}/accuracy`]: measures.accuracy } : {}),
})

/** The outputs for every example in order, and the labels; targets are normalised. */
export interface Predicted {
  /** [examples, outputs], or for sequences [examples · length, outputs], row-major. */
  readonly logits: Float32Array
  /** The class of each row, or as many numbers as outputs. */
  readonly labels: Int32Array | Float32Array
  readonly classes: number
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

  /** `name` starts the error messages of its steps. */
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
      right += outputs[1] === undefined ? 0 : (await this.#engine.read(outputs[1]))[0]!
      tf.dispose([...inputs, ...outputs])
    }
    if (this.#examples.target?.kind === 'numbers') return { squaredError: loss / this.#count }
    return { accuracy: right / this.#count, crossEntropy: loss / this.#count }
  }

  /** Logits of every row in order. */
  async predict(): Promise<Float32Array> {
    return (await this.predictions()).logits
  }

  async predictions(): Promise<Predicted> {
    const { places, target } = this.#examples
    const numbers = target?.kind === 'numbers'
    const [perExample, labelled] = [places * this.#classes, numbers ? this.#classes : places]
    const all = new Float32Array(this.#count * perExample)
    const labels = new (numbers ? Float32Array : Int32Array)(this.#count * labelled)
    let at = 0
    this.#examples.ahead(this.#order())
    for (const { indices, real } of this.#batches()) {
      const { tf } = this.#engine
      const inputs = await this.#examples.feed(indices)
      const outputs = await this.#predictStep().run(inputs)
      const logits = (await this.#engine.read(outputs[0]!)) as Float32Array // float32 logits
      const truth = await this.#engine.read(outputs[1]!)
      all.set(logits.subarray(0, real * perExample), at * perExample)
      labels.set(truth.subarray(0, real * labelled), at * labelled)
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
      const { target, places } = this.#examples
      if (target?.kind === 'numbers') return [tf.sum(tf.mul(squaredErrors(tf, labels, logits), weight))]
      // For a sequence the mean over its positions.
      const ofExamples = (rows: Tensor): Tensor => (places === 1 ? rows : tf.mean(rows.reshape([-1, places]), -1))
      // tfjs types the indices of oneHot as tensors of one rank only.
      const losses = this.#engine.softmaxCrossEntropy(tf.cast(tf.oneHot(labels as never, this.#classes), 'float32'), logits)
      const right = tf.cast(tf.equal(tf.argMax(logits, -1), labels), 'float32') as Tensor
      return [tf.sum(tf.mul(ofExamples(losses), weight)), tf.sum(tf.mul(ofExamples(right), weight))]
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
