import { type Claim, usualMargins } from '../claims.ts'
import { accuracy, loss, type Registration } from '../registration.ts'

export const dsdText: Registration = {
  file: 'dsd-text',
  title: 'DSD of a recurrent network (Han et al., 2017)',
  question: 'An LSTM that loses weights and gets them back predicts a text better than one trained densely for as long.',
  source:
    'The tables of DeepSpeech and DeepSpeech 2, recurrent networks with a dense control of equal epochs, at 25 % and 50 %: DSD has fewer wrong words than that control, and than the first dense phase. Here a small LSTM learns characters, which no table of the paper has; *not worse* is a question of ours.',
  seeds: 5,
  margins: usualMargins,
  metrics: ['test/perplexity', loss, accuracy],
  claims: ['0.25', '0.5'].flatMap((sparsity): readonly Claim[] => [
    { of: `${sparsity}/dsd`, than: `${sparsity}/dense`, expect: 'better', metric: loss },
    { of: `${sparsity}/dsd`, than: `${sparsity}/denseContinued`, expect: 'not worse', metric: loss },
    { of: `${sparsity}/dsd`, than: `${sparsity}/denseContinued`, expect: 'better', metric: loss },
  ]),
}
