/**
 * Dynamic pruning with feedback on the first 10,000 images of CIFAR-10, at five sparsities, in 10 epochs (780 steps): ResNet-8, SGD with Nesterov
 * momentum 0.1 in steps, weight decay 1e-4, batch 128, crops and flips, masks every 2 steps. Beside it pruning gradually without return, at once
 * with 8 + 2 epochs at 1e-2, and a random mask from the start. All weights are ranked together; at 98 %, DPF and
 * pruning at once leave a layer without any.
 */
import { cifar10, compare, dpf, flip, gmp, oneShotArms, padCrop, params, random, resnet, seeds, sgd, step, sweep, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 2 : 10

export default seeds(quick ? 1 : 3, (seed) => {
  const { init, train } = task({
    model: resnet(8),
    data: cifar10({ train: quick ? 1_000 : 10_000 }),
    augment: [padCrop(4), flip()],
    optimizer: sgd({ lr: step(0.1), nesterov: true, weightDecay: 1e-4 }),
    epochs,
    batch: 128,
    seed,
  })
  return sweep({ sparsity: quick ? [0.9] : [0.5, 0.7, 0.8, 0.9, 0.95] }, ({ sparsity }) =>
    compare({
      dense: train(),
      dpf: init().pipe(dpf({ sparsity, every: 2 })),
      gradual: init().pipe(gmp({ sparsity, every: 2, scope: 'global' })),
      ...init().pipe(oneShotArms({ sparsity, epochs, retrain: 1e-2 })),
      randomMask: init().prune(random(sparsity)).train(),
    }),
  )
})
