/**
 * Dense-sparse-dense training on the first 10,000 images of CIFAR-10, beside a dense one of the same epochs and rates: ResNet-8, 8, 4 and 4 epochs,
 * 30 % of each layer but the first, the paper's sparsity for residual networks. SGD 0.1 in steps, factors 1, 0.1 and 0.01, weight decay 1e-4,
 * batch 128, crops and flips.
 */
import { cifar10, compare, dsdArms, flip, padCrop, params, resnet, seeds, sgd, step, task } from 'espalier'

const { quick } = params({ quick: false })
const [epochs, after] = quick ? [2, 1] : [8, 4]

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({
    model: resnet(8),
    data: cifar10({ train: quick ? 1_000 : 10_000 }),
    augment: [padCrop(4), flip()],
    optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }),
    epochs,
    batch: 128,
    seed,
  })
  return compare(train().pipe(dsdArms({ sparsity: 0.3, epochs: { sparse: after, dense: after } })))
})
