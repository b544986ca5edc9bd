/**
 * The dense network of rethinking-filters with twenty seeds: batch norm, 16, 32 and 64 channels on 10,000 pieces of clothing, SGD 0.05 in steps,
 * weight decay 1e-4, batch 64, 15 epochs.
 */
import { bnConv, compare, f10k, params, seeds, sgd, step, task } from 'espalier'

const { quick } = params({ quick: false })

export default seeds(quick ? 1 : 20, (seed) => {
  const { train } = task({
    model: bnConv([16, 32, 64]),
    data: f10k(),
    optimizer: sgd({ lr: step(0.05), weightDecay: 1e-4 }),
    epochs: quick ? 1 : 15,
    batch: 64,
    seed,
  })
  return compare({ dense: train() })
})
