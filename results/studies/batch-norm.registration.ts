import { accuracy, loss, type Registration } from '../registration.ts'

export const batchNorm: Registration = {
  file: 'batch-norm',
  title: 'A dense network with batch norm, twenty seeds',
  question:
    "Does training with batch norm come to the same accuracy as PyTorch's? An earlier comparison with five seeds was 0.4 to 0.5 below the reference. [agreement.md](agreement.md) compares twenty seeds of each.",
  source: 'A question of ours.',
  seeds: 20,
  metrics: [accuracy, loss],
  claims: [],
}
