/**
 * Dynamic pruning with feedback and its controls, all in 20 epochs (3,120 steps). LeNet-300-100 on 10,000 pieces of clothing, SGD with
 * Nesterov momentum 0.05 in steps, weight decay 1e-4, batch 64; cubic ramp to three quarters, one ranking over the network. One-shot arms
 * train densely for 15 epochs and retrain for 5.
 */
import { compare, dpf, dpfArms, f10k, lenet300, params, seeds, sgd, step, sweep, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 4 : 20
const optimizer = sgd({ lr: step(0.05), nesterov: true, weightDecay: 1e-4 })

export default seeds(quick ? 1 : 5, (seed) =>
  sweep({ sparsity: [0.9, 0.95, 0.98] }, ({ sparsity }) => {
    const { init } = task({ model: lenet300(), data: f10k(), optimizer, epochs, batch: 64, seed })
    const fed = (every: number) => init().pipe(dpf({ sparsity, every }))
    return compare({ ...init().pipe(dpfArms({ sparsity, every: 4, epochs, retrain: 1e-2 })), 'dpf p=1': fed(1), 'dpf p=16': fed(16) })
  }),
)
