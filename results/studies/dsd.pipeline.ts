/**
 * Dense-sparse-dense training beside a dense one of the same epochs and rates. LeNet-300-100, SGD 0.05, batch 64, factors 1, 0.1 and 0.01,
 * 30 % and 50 % of each layer; on digits 20, 10 and 10 epochs, on 10,000 pieces of clothing 15, 8 and 8.
 */
import { compare, digits, dsdArms, f10k, lenet300, params, seeds, sgd, sweep, task } from 'espalier'

const { quick } = params({ quick: false })
const settings = {
  digits: { data: digits(), epochs: quick ? 2 : 20, after: quick ? 1 : 10 },
  f10k: { data: f10k(), epochs: quick ? 2 : 15, after: quick ? 1 : 8 },
}

export default seeds(quick ? 1 : 5, (seed) =>
  sweep({ data: settings, sparsity: [0.3, 0.5] }, ({ data: { data, epochs, after }, sparsity }) => {
    const { train } = task({ model: lenet300(), data, optimizer: sgd({ lr: 0.05 }), epochs, batch: 64, seed })
    // The network has no convolution whose first one the paper would leave alone.
    return compare(train().pipe(dsdArms({ sparsity, epochs: { sparse: after, dense: after }, firstLayer: 'same' })))
  }),
)
