/**
 * Does a pruned network do better when it is rewound and taught than when it is fine-tuned?
 *
 * A LeNet-300-100 loses 90 % of its weights. Then it is fine-tuned, or trained again from its first weights (the ticket),
 * or from other first weights (the control), or from its first weights by a small conv net (the hybrid). Three seeds each;
 * `--set scale=minimal`: one seed and one epoch, for the portable engine.
 */
import { adam, compare, conv2, cosine, digits, lenet300, params, seeds, task } from 'espalier'

const { scale } = params({ scale: ['demo', 'minimal'] })
const { trials, epochs, teaching } = { demo: { trials: 3, epochs: 20, teaching: 8 }, minimal: { trials: 1, epochs: 1, teaching: 1 } }[scale]

const data = digits()
const optimizer = adam({ lr: cosine(1.2e-3) })

export default seeds(trials, (seed) => {
  const { train } = task({ model: lenet300(), data, optimizer, epochs, batch: 64, seed })
  const teacher = task({ model: conv2(), data, optimizer, epochs: teaching, batch: 64, seed }).train()

  return compare({
    dense: train(),
    teacher,
    pruneFinetune: train().prune(0.9).finetune(),
    ticket: train().prune(0.9).rewind().train(),
    reinit: train().prune(0.9).reinit().train(),
    hybrid: train().prune(0.9).rewind().distill(teacher),
  })
})
