import { usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const cifarDsd: Registration = {
  file: 'cifar-dsd',
  title: 'DSD on CIFAR-10 (Han et al., 2017)',
  question:
    'Does a network with batch norm and skip connections end up better for having lost weights and got them back, and no worse than one trained densely for as long?',
  source:
    'The tables of ImageNet: ResNet-18 and ResNet-50 after DSD at 30 % are better than the dense baseline, which is trained for fewer epochs. The control of equal epochs is that of the tables of speech; *not worse* is a question of ours.',
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss],
  claims: [
    ...above('dsd', 'dense'),
    { of: 'dsd', than: 'denseContinued', expect: 'not worse' },
    { of: 'dsd', than: 'denseContinued', expect: 'better', metric: loss },
  ],
}
