import { ordered, usualMargins } from '../claims.ts'
import { above, accuracy, calibrated, loss, type Registration } from '../registration.ts'

export const cifarLatentBe: Registration = {
  file: 'cifar-latent-be',
  title: 'LatentBE on CIFAR-10 (Nam et al., 2022)',
  question:
    "One network of an ensemble's size of one, with batch norm and skip connections: does its likelihood lie between plain distillation's and the ensemble's?",
  source:
    "The authors' results on CIFAR-100 (WRN-28-4): the negative log-likelihood of KD, LatentBE, LatentBE with perturbation and the ensemble falls in this order. The Gaussian perturbation is their control.",
  seeds: 3,
  margins: usualMargins,
  metrics: [accuracy, loss, calibrated, 'test/ece'],
  claims: [
    ...ordered('better', loss, 'ensemble', 'tdivSdiv', 'latentBE', 'kd'),
    ...above('ensemble', 'tdivSdiv'),
    { of: 'tdivSdiv', than: 'kd', expect: 'not worse' },
    { of: 'tdivSdiv', than: 'gaussian', expect: 'better', metric: loss },
  ],
}
