import { type Claim, usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const rethinkingWeights: Registration = {
  file: 'rethinking-weights',
  title: 'Rethinking, single weights (Liu et al., 2019)',
  question:
    'Single weights are another matter: from scratch a sparse network falls short of a fine-tuned one, if that is done at a good rate.',
  source:
    'Section 4.3, the table of single-weight magnitude pruning: on ImageNet Scratch-B falls short of fine-tuning. Which fine-tuning rate is a question after Wang et al. (2023).',
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss, 'sparsity'],
  claims: ['0.8', '0.95'].flatMap((sparsity): readonly Claim[] => [
    ...above(`${sparsity}/finetune lr=0.01`, `${sparsity}/scratchB`),
    ...above(`${sparsity}/lrRewinding`, `${sparsity}/scratchB`),
    ...above(`${sparsity}/scratchB`, `${sparsity}/scratchE`),
    ...above(`${sparsity}/finetune lr=0.01`, `${sparsity}/finetune lr=0.001`),
  ]),
}
