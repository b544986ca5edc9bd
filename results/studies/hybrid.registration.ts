import { usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const hybrid: Registration = {
  file: 'hybrid',
  title: 'The hybrid: prune, rewind, distil',
  question: 'A pruned network that is rewound and taught does better than one that is fine-tuned, or rewound and trained on labels.',
  source: "The owner's question; no paper has it.",
  seeds: 5,
  margins: usualMargins,
  inView: 'the recipe, by orderings that held with it in another framework',
  fewTestExamples: true,
  metrics: [accuracy, loss, 'sparsity'],
  claims: [
    ...above('hybrid', 'pruneRewind'),
    ...above('hybrid', 'pruneFinetune'),
    { of: 'hybrid', than: 'dense', expect: 'not worse' },
    { of: 'lrRewindingKD', than: 'hybrid', expect: 'not worse' },
    ...above('hybrid', 'reinitKD'),
    { of: 'reinitKD', than: 'pruneReinit', expect: 'better' },
  ],
}
