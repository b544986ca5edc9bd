import { usualMargins } from '../claims.ts'
import { above, accuracy, alike, loss, type Registration } from '../registration.ts'

export const cifarTickets: Registration = {
  file: 'cifar-tickets',
  title: 'Tickets on CIFAR-10 (Frankle et al., 2019 and 2020)',
  question:
    'A ticket rewound to early in the training is better than one from the first weights, better than its controls, and stable: no hill between two copies.',
  source:
    'Stabilizing the lottery ticket hypothesis and Linear mode connectivity: subnetworks of ResNet-20 found by IMP match the network when they are rewound to an early step, and not from step 0; they match when they are stable (less than 2 % of error between two copies).',
  seeds: 3,
  margins: usualMargins,
  metrics: [accuracy, loss, 'sparsity'],
  claims: [
    ...above('late/ticket', 'first/ticket'),
    ...above('late/ticket', 'late/reinit', 'late/randomMask'),
    ...above('first/ticket', 'first/reinit', 'first/randomMask'),
    { of: 'late/ticket', than: 'dense', expect: 'not worse' },
    alike('first/ticket', 'first/finetuned'),
    ...above('late/line/0.5', 'first/line/0.5'),
  ],
}
