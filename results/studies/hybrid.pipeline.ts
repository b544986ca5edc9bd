/**
 * The hybrid of the lottery ticket and distillation: 90 % of LeNet-300-100 are removed at once, then it is fine-tuned, rewound, or rewound
 * and taught by a small convolutional network. Digits, Adam 1.2e-3 along a cosine, batch 64, 20 + 20 epochs; KD with α 0.9, τ 4.
 */
import { adam, compare, conv2, cosine, digits, lenet300, params, seeds, task } from 'espalier'

const { quick } = params({ quick: false })
const data = digits()
const optimizer = adam({ lr: cosine(1.2e-3) })

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({ model: lenet300(), data, optimizer, epochs: quick ? 2 : 20, batch: 64, seed })
  const teacher = task({ model: conv2(), data, optimizer, epochs: quick ? 1 : 8, batch: 64, seed }).train()
  const pruned = train().prune(0.9)
  return compare({
    dense: train(),
    teacher,
    pruneFinetune: pruned.finetune(),
    pruneRewind: pruned.rewind().train(),
    pruneReinit: pruned.reinit().train(),
    hybrid: pruned.rewind().distill(teacher),
    lrRewinding: pruned.finetune({ lr: 'rewind' }),
    lrRewindingKD: pruned.distill(teacher),
    reinitKD: pruned.reinit().distill(teacher),
  })
})
