import { usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const cifarDpf: Registration = {
  file: 'cifar-dpf',
  title: 'DPF on CIFAR-10 (Lin et al., 2020)',
  question: 'With feedback and without retraining, is a network better than one pruned at once and fine-tuned, gradually, or at random?',
  source:
    'Abstract and the tables on CIFAR-10 (ResNet-20 and deeper): better than one-shot and gradual methods without retraining. The controls are ours.',
  seeds: 3,
  margins: usualMargins,
  inView: '70 %, which took the place of 98 %, at which DPF and pruning at once left a layer without weights',
  metrics: [accuracy, loss, 'sparsity', 'flips/first half', 'flips/last quarter'],
  claims: ['0.5', '0.7', '0.8', '0.9', '0.95'].flatMap((sparsity) =>
    ['oneShotFinetune', 'gradual', 'randomMask'].flatMap((than) => above(`${sparsity}/dpf`, `${sparsity}/${than}`)),
  ),
}
