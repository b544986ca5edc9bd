/**
 * Dense-sparse-dense training of an LSTM beside a dense one of the same epochs and rates: the next character of Moby-Dick, 128 units, sequences
 * of 64, Adam 3e-3, batch 64, gradients up to a norm of 5, factors 1, 0.1 and 0.01; 10, 5 and 5 epochs, 25 % and 50 % of each kernel of
 * the LSTM and of the last layer.
 */
import { adam, compare, dsdArms, lstm, mobyDick, params, seeds, sweep, task } from 'espalier'

const { quick } = params({ quick: false })
const [first, after] = quick ? [2, 1] : [10, 5]

export default seeds(quick ? 1 : 5, (seed) =>
  sweep({ sparsity: [0.25, 0.5] }, ({ sparsity }) => {
    const { train } = task({
      model: lstm([128], { vocabulary: 64 }),
      data: mobyDick({ length: 64, vocabulary: 64 }),
      optimizer: adam({ lr: 3e-3 }),
      epochs: first!,
      batch: 64,
      clipNorm: 5,
      seed,
    })
    return compare(train().pipe(dsdArms({ sparsity, epochs: { sparse: after!, dense: after! }, firstLayer: 'same' })))
  }),
)
