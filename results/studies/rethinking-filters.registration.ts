import { usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const rethinkingFilters: Registration = {
  file: 'rethinking-filters',
  title: 'Rethinking, whole filters (Liu et al., 2019)',
  question: 'The pruned architecture trained from scratch is no worse than fine-tuned; with as much computation as the large one, better.',
  source:
    'Section 4.1, the table of L1-norm filter pruning on CIFAR-10: Scratch-E is on a par with the fine-tuned network or better, Scratch-B better. Fine-tuning at 1e-2 and learning-rate rewinding are controls after Wang et al. (2023).',
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss, 'parameters'],
  claims: [
    ...above('scratchB', 'scratchE', 'finetune lr=0.001'),
    ...above('scratchE', 'finetune lr=0.01'),
    ...above('lrRewinding', 'scratchE'),
  ],
}
