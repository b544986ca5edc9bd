import { type Claim, usualMargins } from '../claims.ts'
import { above, accuracy, loss, type Registration } from '../registration.ts'

export const sparseTraining: Registration = {
  file: 'sparse-training',
  title: 'Sparse training (Evci et al., 2020; Mocanu et al., 2018; Liu et al., 2021)',
  question:
    'Sparse from the first step to the last, a network whose weights grow where the gradient is largest is better than one whose grow anywhere, and than one whose masks stay.',
  source:
    'RigL, experiments with ResNet-50 on ImageNet and WRN-22-2 on CIFAR-10: RigL is better than SET, and SET than static random masks, at equal densities of layers. GraNet, experiments on CIFAR and ImageNet: GraNet is better than RigL.',
  seeds: 5,
  margins: usualMargins,
  metrics: [accuracy, loss, 'sparsity', 'flips/first half', 'flips/last quarter'],
  claims: ['0.9', '0.98'].flatMap((sparsity): readonly Claim[] => [
    ...above(`${sparsity}/rigl`, `${sparsity}/set`, `${sparsity}/static`),
    ...above(`${sparsity}/rigl`, `${sparsity}/static`),
    ...above(`${sparsity}/granet`, `${sparsity}/rigl`),
  ]),
}
