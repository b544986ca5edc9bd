/**
 * Is what pruning inherits worth anything? Half the filters of each layer go, by their L1 norm, and the network is built small. A network
 * of 16, 32 and 64 channels on 10,000 pieces of clothing, SGD 0.05 in steps, weight decay 1e-4 in every arm, batch 64, E = 15 epochs; fine-tuning for E/4.
 */
import { bnConv, compare, f10k, filterL1, params, rethinkingArms, seeds, sgd, step, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 1 : 15

/** Multiplications of the network before and after: 14 × 14 and 7 × 7 positions, 3 × 3 windows. */
const macs = (a: number, b: number, c: number) => 14 * 14 * 9 * a + 7 * 7 * 9 * (a * b + b * c) + 10 * c
const ratio = macs(16, 32, 64) / macs(8, 16, 32)

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({
    model: bnConv([16, 32, 64]),
    data: f10k(),
    optimizer: sgd({ lr: step(0.05), weightDecay: 1e-4 }),
    epochs,
    batch: 64,
    seed,
  })
  const dense = train()
  return compare(rethinkingArms({ dense, pruned: dense.prune(filterL1(0.5)).shrink(), epochs, ratio, finetuneAt: [1e-3, 1e-2] }))
})
