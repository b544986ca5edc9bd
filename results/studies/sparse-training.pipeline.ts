/**
 * Sparse from the first step to the last: RigL, SET and the static random masks that both begin with, at Erdős–Rényi densities; GraNet, from
 * half of the weights; and the dense network. All in 20 epochs (3,120 steps) of LeNet-300-100 on 10,000 pieces of clothing, SGD 0.05 in steps,
 * weight decay 1e-4, batch 64. Masks change every 100 steps, the papers' period, to three quarters of the training.
 */
import { compare, f10k, granet, lenet300, params, seeds, sgd, sparseTrainingArms, step, sweep, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 2 : 20

export default seeds(quick ? 1 : 5, (seed) =>
  sweep({ sparsity: [0.9, 0.98] }, ({ sparsity }) => {
    const optimizer = sgd({ lr: step(0.05), weightDecay: 1e-4 })
    const { init } = task({ model: lenet300(), data: f10k(), optimizer, epochs, batch: 64, seed })
    return compare({
      ...init().pipe(sparseTrainingArms({ sparsity, every: 100 })),
      granet: init().pipe(granet({ sparsity, every: 100 })),
    })
  }),
)
