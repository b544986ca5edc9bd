import { type Claim, usualMargins } from '../claims.ts'
import { above, accuracy, fromThree, loss, type Registration } from '../registration.ts'

export const dpf: Registration = {
  file: 'dpf',
  title: 'DPF (Lin et al., 2020)',
  question:
    'Pruned while trained, with feedback and without retraining, a network is better than one pruned at once and fine-tuned. Its masks settle; those of gradual pruning never return a weight.',
  source:
    'Abstract: retraining is not needed, though it can further improve; figure 4: masks settle. One-shot pruning with fine-tuning, and gradual pruning without return, are controls of ours.',
  seeds: 5,
  margins: usualMargins,
  inView: 'p = 4, since 16 does not transfer to trainings of 3,000 steps',
  seedsAdded: fromThree,
  metrics: [accuracy, loss, 'sparsity', 'flips/first half', 'flips/last quarter'],
  claims: ['0.9', '0.95', '0.98'].flatMap((sparsity): readonly Claim[] => [
    ...above(`${sparsity}/dpf`, `${sparsity}/oneShotFinetune`),
    ...above(`${sparsity}/dpf p=1`, `${sparsity}/oneShotFinetune`),
    ...above(`${sparsity}/dpf p=16`, `${sparsity}/oneShotFinetune`),
    ...above(`${sparsity}/dpf`, `${sparsity}/oneShot`),
    ...above(`${sparsity}/dpf`, `${sparsity}/gradual`),
    ...above(`${sparsity}/dpf`, `${sparsity}/recovering`),
  ]),
}
