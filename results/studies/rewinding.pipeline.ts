/**
 * Retraining after one-shot pruning of 90 % of LeNet-300-100: fine-tuning at two rates, weight rewinding, learning-rate rewinding, and
 * other first weights. Digits, SGD 0.1 along a cosine, batch 64, 20 + 20 epochs.
 */
import { compare, cosine, digits, lenet300, params, retrainingArms, seeds, sgd, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 2 : 20

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: cosine(0.1) }), epochs, batch: 64, seed })
  return compare({
    ...train().pipe(retrainingArms({ perRound: 0.9, epochs })),
    'finetune lr×0.01': train()
      .prune(0.9)
      .finetune({ lr: { times: 0.01 } }),
  })
})
