/** The studies, in the order of the page. */
import type { Registration } from './registration.ts'
import { batchNorm } from './studies/batch-norm.registration.ts'
import { cifarDpf } from './studies/cifar-dpf.registration.ts'
import { cifarDsd } from './studies/cifar-dsd.registration.ts'
import { cifarHybrid } from './studies/cifar-hybrid.registration.ts'
import { cifarLatentBe } from './studies/cifar-latent-be.registration.ts'
import { cifarRethinking } from './studies/cifar-rethinking.registration.ts'
import { cifarSimkd } from './studies/cifar-simkd.registration.ts'
import { cifarTickets } from './studies/cifar-tickets.registration.ts'
import { dpf } from './studies/dpf.registration.ts'
import { dsd } from './studies/dsd.registration.ts'
import { dsdText } from './studies/dsd-text.registration.ts'
import { hybrid } from './studies/hybrid.registration.ts'
import { hybridFashion } from './studies/hybrid-fashion.registration.ts'
import { latentBe } from './studies/latent-be.registration.ts'
import { lottery } from './studies/lottery.registration.ts'
import { lotteryDemo } from './studies/lottery-demo.registration.ts'
import { rethinkingFilters } from './studies/rethinking-filters.registration.ts'
import { rethinkingWeights } from './studies/rethinking-weights.registration.ts'
import { rewinding } from './studies/rewinding.registration.ts'
import { simkd } from './studies/simkd.registration.ts'
import { sparseTraining } from './studies/sparse-training.registration.ts'

export const studies: readonly Registration[] = [
  hybrid,
  hybridFashion,
  lottery,
  lotteryDemo,
  rewinding,
  dsd,
  dsdText,
  dpf,
  sparseTraining,
  rethinkingFilters,
  batchNorm,
  rethinkingWeights,
  simkd,
  latentBe,
  cifarHybrid,
  cifarTickets,
  cifarDsd,
  cifarDpf,
  cifarRethinking,
  cifarSimkd,
  cifarLatentBe,
]
