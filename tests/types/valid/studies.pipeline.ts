import { adam, compare, constant, cosine, dataOf, seeds, sgd, step, task, warmup } from 'espalier'
import { big, conv, small, ten } from '../networks.ts'

const sparsities = [0.5, 0.9]

export const overSeeds = seeds(3, (seed) => small.train({ seed }))
export const chosenSeeds = seeds([3, 5, 7], (seed) => small.init({ seed }).prune(0.5).train())
export const nested = compare({ small: overSeeds, big: compare({ dense: big.train(), chosenSeeds }) })
export const named = compare({ small: overSeeds, chosenSeeds }, { baseline: 'chosenSeeds' })
export const computed = compare(Object.fromEntries(sparsities.map((s) => [`${s}`, small.train().prune(s).finetune()])))
export const scheduled = compare({
  constant: small.train({ lr: constant(0.01) }),
  number: small.train({ lr: 0.01, epochs: 3 }),
  cosine: small.train({ lr: cosine(0.01, { to: 0.001 }) }),
  steps: small.train({ lr: step(0.1, { factor: 0.2, at: { epochs: [3, 6] } }) }),
  warm: small.train({ lr: warmup(1, cosine(0.1)) }),
  slow: small.train().finetune({ lr: 1e-4, epochs: 2, seed: 9 }),
})
export const momentum = task({
  model: conv(3),
  data: dataOf({ name: 'three', options: {} }, 3),
  optimizer: sgd({ lr: step(0.1), nesterov: true, weightDecay: 1e-4 }),
  epochs: 3,
  seed: 4,
  batch: 128,
}).train()
export default compare({
  nested,
  adam: task({ model: conv(10), data: ten, optimizer: adam({ lr: 1e-3, beta2: 0.99 }), epochs: 1 }).train(),
})
