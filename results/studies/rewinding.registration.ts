import { usualMargins } from '../claims.ts'
import { above, accuracy, alike, loss, type Registration } from '../registration.ts'

export const rewinding: Registration = {
  file: 'rewinding',
  title: 'Retraining after pruning (Renda, Frankle & Carbin, 2020)',
  question: 'Rewinding the learning rate is as good as rewinding weights; both are better than fine-tuning at a low rate.',
  source:
    'Abstract and the figures on CIFAR-10 and ImageNet: both rewinding techniques outperform fine-tuning; of the two, rewinding the learning rate does as well or better.',
  seeds: 5,
  margins: usualMargins,
  inView: 'the rate, since a constant one of 0.1 hides every effect',
  fewTestExamples: true,
  metrics: [accuracy, loss, 'sparsity'],
  claims: [
    ...above('weightRewinding', 'finetune lr×0.1', 'finetune lr×0.01'),
    ...above('lrRewinding', 'finetune lr×0.1'),
    alike('lrRewinding', 'weightRewinding'),
    ...above('weightRewinding', 'reinit'),
  ],
}
