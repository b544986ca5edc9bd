/** A recurrent language model: token embeddings, LSTM (Hochreiter & Schmidhuber, 1997), and logits of the next token at each position. */
import { inRange, optionsOf, ranges } from '../../../dsl/check/checks.ts'
import { type Arch, type Model, modelOf } from '../../../dsl/index.ts'
import type { ModelBuilder } from '../blocks/description.ts'

/** A language model of LSTM layers; `V` is the vocabulary size. */
export interface Lstm<V extends number> extends Arch {
  readonly classes: V
  readonly layers: { readonly [layer: `lstm${number}`]: number } & { readonly out: V }
  readonly channels: 'has no channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

export interface LstmOptions<V extends number> {
  /** The vocabulary size of the data. 2 or more. */
  readonly vocabulary: V
  /** The dimension of the token embeddings. 1 or more, default 32. */
  readonly embedding?: number
}

const usualLength = 64

/**
 * For each width, an LSTM layer `lstm1`, `lstm2`, … over the whole sequence, with a zero initial state, and a linear layer `out` at each
 * position. Glorot-normal kernels, orthogonal recurrent kernels, zero biases except 1 for the forget gate; embeddings uniform within ±0.05.
 * Kernels and recurrent kernels can be pruned, embeddings cannot.
 * @param widths units of the layers, each 1 or more
 */
export const lstm = <const V extends number>(widths: readonly number[], options: LstmOptions<V>): Model<Lstm<V>> => {
  const verb = 'lstm()'
  const { vocabulary, embedding = 32 } = optionsOf(verb, options, ['vocabulary', 'embedding'])
  const classes = inRange(verb, 'vocabulary', vocabulary, ranges.classes) as V // the number given
  const units = (Array.isArray(widths) && widths.length > 0 ? widths : [undefined]).map((width) =>
    inRange(verb, 'widths', width, ranges.count),
  )
  const layers = { ...Object.fromEntries(units.map((width, i) => [`lstm${i + 1}`, width])), out: classes }
  const arch: Lstm<V> = { classes, layers, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 }
  const described = { widths: units, embedding: inRange(verb, 'embedding', embedding, ranges.count), classes }
  return modelOf<Lstm<V>>({ name: 'lstm', options: described }, arch, [usualLength])
}

/** input [batch, length] → logits [batch, length, vocabulary] */
export const buildLstm: ModelBuilder = ({ layers, sequential }, options) => {
  const { widths, embedding, classes, input } = options as unknown as {
    readonly widths: readonly number[]
    readonly embedding: number
    readonly classes: number
    readonly input?: readonly [number]
  } // what lstm() wrote, and the data
  const [inputLength] = input ?? [usualLength]
  return sequential({
    layers: [
      layers.embedding({ name: 'embedding', inputDim: classes, outputDim: embedding, inputLength: inputLength! }),
      ...widths.map((units, i) =>
        layers.lstm({ name: `lstm${i + 1}`, units, returnSequences: true, recurrentActivation: 'sigmoid', unitForgetBias: true }),
      ),
      layers.dense({ name: 'out', units: classes, kernelInitializer: 'glorotNormal' }),
    ],
  })
}
