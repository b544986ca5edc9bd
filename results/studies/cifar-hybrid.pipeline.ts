/**
 * The hybrid on the first 10,000 images of CIFAR-10: 80 % of ResNet-8 are removed at once, then it is fine-tuned, rewound to the end of the first
 * epoch, or rewound and taught by ResNet-14. SGD 0.1 in steps, weight decay 1e-4, batch 128, 8 + 8 epochs, crops and flips; KD with α 0.9, τ 4.
 */
import { cifar10, compare, flip, padCrop, params, resnet, seeds, sgd, step, task } from 'espalier'

const { quick } = params({ quick: false })
const setting = {
  data: cifar10({ train: quick ? 1_000 : 10_000 }),
  augment: [padCrop(4), flip()],
  optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }),
  epochs: quick ? 2 : 8,
  batch: 128,
}

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({ ...setting, model: resnet(8), seed })
  const teacher = task({ ...setting, model: resnet(14), seed }).train()
  const pruned = train().prune(0.8)
  const rewound = pruned.rewind({ epoch: 1 })
  return compare({
    dense: train(),
    teacher,
    pruneFinetune: pruned.finetune(),
    pruneRewind: rewound.train(),
    pruneReinit: pruned.reinit().train(),
    hybrid: rewound.distill(teacher),
    lrRewinding: pruned.finetune({ lr: 'rewind' }),
    lrRewindingKD: pruned.distill(teacher),
    reinitKD: pruned.reinit().distill(teacher),
  })
})
