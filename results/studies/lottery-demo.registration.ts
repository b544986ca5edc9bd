import { usualMargins } from '../claims.ts'
import { above, accuracy, earlyStop, loss, type Registration } from '../registration.ts'

export const lotteryDemo: Registration = {
  file: 'lottery-demo',
  title: 'Tickets in four rounds',
  question: 'The same in a minute: half of each layer in each of four rounds.',
  source: 'As lottery.',
  seeds: 5,
  margins: usualMargins,
  inView: 'lengths and rates of pruning, so that it ends in a minute',
  fewTestExamples: true,
  metrics: [accuracy, loss, earlyStop, 'sparsity'],
  claims: [...above('ticket', 'reinit', 'randomMask'), { of: 'ticket', than: 'reinit', expect: 'better', metric: earlyStop }],
}
