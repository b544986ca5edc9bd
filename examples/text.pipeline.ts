/**
 * Dense-sparse-dense training of a recurrent network (Han et al., 2017, sections 4.4 to 4.6: NeuralTalk, DeepSpeech): an LSTM that predicts
 * the next character of Moby-Dick loses half of the weights of its LSTM and of its last layer, as DeepSpeech does, and gets them back. Is it
 * better than one that was trained for as long without? The vectors of characters are left alone, as the paper leaves NeuralTalk's words.
 *
 * The paper's networks are larger and its data are pictures with captions and speech. `--set scale=paper` takes DeepSpeech's 50 epochs for each phase.
 */
import { adam, compare, dsdArms, lstm, mobyDick, params, seeds, task } from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { length, units, first, after, members } = {
  demo: { length: 32, units: 64, first: 4, after: 2, members: 2 },
  paper: { length: 64, units: 256, first: 50, after: 50, members: 5 },
  minimal: { length: 16, units: 16, first: 1, after: 1, members: 1 },
}[scale]!

export default seeds(members, (seed) => {
  const { train } = task({
    model: lstm([units], { vocabulary: 64 }),
    data: mobyDick({ length, vocabulary: 64 }),
    optimizer: adam({ lr: 3e-3 }),
    epochs: first,
    batch: 64,
    clipNorm: 5,
    seed,
  })
  return compare(train().pipe(dsdArms({ sparsity: 0.5, epochs: { sparse: after, dense: after }, firstLayer: 'same' })))
})
