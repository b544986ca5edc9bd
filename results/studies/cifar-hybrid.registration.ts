import { usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const cifarHybrid: Registration = {
  file: 'cifar-hybrid',
  title: 'The hybrid on CIFAR-10',
  question: 'Does teaching help a pruned network with batch norm and skip connections, on photographs?',
  source: "The owner's question; no paper has it.",
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss, 'sparsity'],
  claims: [
    ...above('hybrid', 'pruneRewind'),
    ...above('hybrid', 'pruneFinetune'),
    { of: 'hybrid', than: 'dense', expect: 'not worse' },
    { of: 'lrRewindingKD', than: 'hybrid', expect: 'not worse' },
    ...above('hybrid', 'reinitKD'),
  ],
}
