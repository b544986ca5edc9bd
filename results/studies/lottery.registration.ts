import { type Claim, usualMargins } from '../claims.ts'
import { above, accuracy, alike, earlyStop, loss, type Registration } from '../registration.ts'

export const lottery: Registration = {
  file: 'lottery',
  title: 'Lottery tickets (Frankle & Carbin, 2019)',
  question:
    'A sparse network trained from its first weights does better than from other weights, and than with its holes elsewhere; it learns faster.',
  source:
    'Abstract and figures 1, 3 and 4 (LeNet-300-100): winning tickets reach an accuracy at least that of the network within as many iterations, learn faster, and when they are randomly reinitialised no longer match it. That its own weights at fine-tuning do as well is a question of ours.',
  seeds: 3,
  margins: usualMargins,
  fewTestExamples: true,
  metrics: [accuracy, loss, earlyStop, 'sparsity'],
  claims: [
    ...['7', '11'].flatMap((rounds) => above(`${rounds}/ticket`, `${rounds}/reinit`, `${rounds}/randomMask`)),
    ...['7', '11'].map((rounds): Claim => ({ of: `${rounds}/ticket`, than: `${rounds}/reinit`, expect: 'better', metric: earlyStop })),
    ...['7', '11'].map((rounds) => alike(`${rounds}/ticket`, `${rounds}/finetuned`)),
    ...['7', '11'].flatMap((rounds) => above(`${rounds}/ticket`, `${rounds}/finetuned lr×0.1`)),
    alike('3/ticket', '3/reinit'),
    alike('3/ticket', '3/randomMask'),
    ...above('11/ticket', '11/oneShot'),
  ],
}
