import { type Claim, usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const cifarRethinking: Registration = {
  file: 'cifar-rethinking',
  title: 'Rethinking, whole filters on CIFAR-10 (Liu et al., 2019)',
  question: 'The pruned architecture trained from scratch is no worse than fine-tuned; with as much computation as the large one, better.',
  source:
    'Section 4.1, the table of L1-norm filter pruning on CIFAR-10: Scratch-E is on a par with the fine-tuned network or better, Scratch-B better.',
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss, 'parameters'],
  claims: ['resnet8', 'inARow'].flatMap((network): readonly Claim[] => [
    ...above(`${network}/scratchB`, `${network}/finetune lr=0.001`),
    { of: `${network}/scratchE`, than: `${network}/finetune lr=0.001`, expect: 'not worse' },
    ...above(`${network}/scratchB`, `${network}/scratchE`),
    ...above(`${network}/lrRewinding`, `${network}/scratchE`),
  ]),
}
