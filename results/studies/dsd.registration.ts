import { type Claim, usualMargins } from '../claims.ts'
import { accuracy, loss, type Registration } from '../registration.ts'

export const dsd: Registration = {
  file: 'dsd',
  title: 'DSD (Han et al., 2017)',
  question: 'Pruned and made dense again, a network ends up better than one trained densely for as long. Here only "not worse" is claimed.',
  source:
    'The tables of ImageNet, Flickr-8K and speech: DSD is better than the dense baseline, whose epochs are equal for speech alone. *Not worse* is a question of ours.',
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss],
  claims: ['digits', 'f10k'].flatMap((data) =>
    ['0.3', '0.5'].flatMap((sparsity): readonly Claim[] => [
      { of: `${data}/${sparsity}/dsd`, than: `${data}/${sparsity}/denseContinued`, expect: 'not worse' },
      ...(data === 'f10k'
        ? [{ of: `${data}/${sparsity}/dsd`, than: `${data}/${sparsity}/denseContinued`, expect: 'better', metric: loss } as const]
        : []),
    ]),
  ),
}
