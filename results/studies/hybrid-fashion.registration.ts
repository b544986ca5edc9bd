import { usualMargins } from '../claims.ts'
import { above, accuracy, fromThree, loss, type Registration } from '../registration.ts'

export const hybridFashion: Registration = {
  file: 'hybrid-fashion',
  title: 'The hybrid on other data',
  question: 'The same recipe on Fashion-MNIST: does teaching help there as well, and does a teacher of the same kind?',
  source: "The owner's question; no paper has it.",
  seeds: 5,
  margins: usualMargins,
  seedsAdded: fromThree,
  metrics: [accuracy, loss, 'sparsity'],
  claims: [
    ...above('hybridConv', 'pruneRewind'),
    ...above('hybridWide', 'pruneRewind'),
    { of: 'hybridWide', than: 'pruneRewind', expect: 'better', metric: loss },
  ],
}
