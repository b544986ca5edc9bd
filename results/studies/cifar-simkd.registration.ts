import { usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const cifarSimkd: Registration = {
  file: 'cifar-simkd',
  title: 'SimKD and its family on CIFAR-10 (Chen et al., 2022)',
  question:
    "A student that takes over its teacher's classifier is better than one taught by predictions or features. Its control is larger by as much.",
  source:
    'The tables on CIFAR-100: SimKD is better than KD, FitNet, AT, SP, CRD and SRRL and than the student alone, and CRD and SRRL are better than KD, with each of three students. RKD, DKD and DIST are in no table with it. `projectorCE` is a control of ours.',
  seeds: 3,
  margins: usualMargins,
  inView: "FitNets' features and regressor, corrected after their first run, in which all three seeds diverged",
  metrics: [accuracy, loss, 'parameters'],
  claims: [
    ...above('simkd', 'ce'),
    ...above('simkd', 'kd'),
    ...above('simkd', 'fitnet'),
    ...above('simkd', 'at'),
    ...above('simkd', 'sp'),
    ...above('simkd', 'crd'),
    ...above('simkd', 'srrl'),
    ...above('simkd', 'projectorCE'),
    ...above('kd', 'ce'),
    ...above('crd', 'kd'),
    ...above('srrl', 'kd'),
  ],
}
