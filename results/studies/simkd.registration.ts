import { usualMargins } from '../claims.ts'
import { above, accuracy, fromThree, loss, type Registration } from '../registration.ts'

export const simkd: Registration = {
  file: 'simkd',
  title: 'SimKD (Chen et al., 2022)',
  question:
    "A student that learns its teacher's features and takes over the classifier is better than one taught by predictions. Its control is larger by as much.",
  source:
    'The tables on CIFAR-100: SimKD is better than KD and than the student alone. `projectorCE` above `simkd` is what another framework found at this scale, against the paper.',
  seeds: 5,
  margins: usualMargins,
  inView: "the student's Adam 3e-3, since the loss is small beside cross-entropy",
  seedsAdded: fromThree,
  metrics: [accuracy, loss, 'parameters'],
  claims: [...above('simkd', 'ce'), ...above('simkd', 'kd'), ...above('projectorCE', 'simkd')],
}
