import { ordered, usualMargins } from '../claims.ts'
import { accuracy, alike, calibrated, fromThree, loss, type Registration } from '../registration.ts'

export const latentBe: Registration = {
  file: 'latent-be',
  title: 'LatentBE (Nam et al., 2022)',
  question: "One network of an ensemble's size of one: its likelihood lies between plain distillation's and the ensemble's.",
  source:
    "The authors' results on CIFAR-100 (WRN-28-4): the negative log-likelihood of KD, LatentBE, LatentBE with perturbation and the ensemble falls in this order. That accuracy does not differ is a question of ours.",
  seeds: 5,
  margins: usualMargins,
  inView: "the step of the perturbation, 8/255: the paper's 1/255 is too small to see here",
  seedsAdded: fromThree,
  metrics: [accuracy, loss, calibrated, 'test/ece'],
  claims: [
    ...ordered('better', loss, 'ensemble', 'tdivSdiv', 'latentBE', 'kd'),
    alike('tdivSdiv', 'kd'),
    alike('latentBE', 'kd'),
    alike('tdivSdiv', 'kd', calibrated),
    { of: 'tdivSdiv', than: 'gaussian', expect: 'better', metric: loss },
  ],
}
