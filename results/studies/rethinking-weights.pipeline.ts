/**
 * The same question of single weights: 80 % and 95 % of LeNet-300-100 by magnitude. First weights are drawn again by He's rule for the fan that is
 * left; Scratch-B for at most four times E = 15 epochs. 10,000 pieces of clothing, SGD 0.05 in steps, weight decay 1e-4 in every arm, batch 64.
 */
import { compare, f10k, lenet300, params, rethinkingArms, seeds, sgd, step, sweep, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 1 : 15

export default seeds(quick ? 1 : 5, (seed) =>
  sweep({ sparsity: [0.8, 0.95] }, ({ sparsity }) => {
    const { train } = task({
      model: lenet300(),
      data: f10k(),
      optimizer: sgd({ lr: step(0.05), weightDecay: 1e-4 }),
      epochs,
      batch: 64,
      seed,
    })
    const dense = train()
    // Every weight of a dense layer is one multiplication.
    const ratio = 1 / (1 - sparsity)
    return compare(
      rethinkingArms({ dense, pruned: dense.prune(sparsity), epochs, ratio, cap: 4, finetuneAt: [1e-3, 1e-2], init: 'heFanIn' }),
    )
  }),
)
