import type { Pipeline } from 'espalier'
import { kd, magnitude } from 'espalier'
import { big, type Mlp, small } from '../networks.ts'

const { init, train, pretrained } = small
const teacher = big.train({ epochs: 8 })

export const verbatim = train().prune(0.9).rewind().distill(teacher)
export const ticket = train().prune(0.9).rewind().train()
export const atInitialisation = init().prune(0.9).train()
export const fromScratchTaught = init().distill(teacher).prune(0.5).finetune()
export const late = train({ keep: { early: 2 } })
  .prune(0.8)
  .rewind('early')
  .train()
export const learningRateRewinding = train().prune(0.8).finetune({ lr: 'rewind' })
export const control = train().prune(0.9).reinit().train()
export const otherControl = train().prune(0.9).reinit(7).train()
export const sparseSnapshot = train().prune(0.5).finetune().snapshot('sparse').prune(0.5).finetune().rewind('sparse').train()
export const theirs = pretrained({ from: 'a.safetensors', layout: 'pytorch', names: { fc1: '1' }, fresh: ['out'] })
  .prune(0.5)
  .finetune()
export const theirTicket = pretrained({ from: 'a.safetensors' }).snapshot('theirs').prune(0.5).rewind('theirs').train()
export const between = train().evaluate().prune(0.5).evaluate().finetune()
export const perLayer = train().prune({ fc1: 0.9, fc2: 0.5 }).finetune()
export const ranked = train()
  .prune(magnitude(0.9, { scope: 'layer', outputLayer: 'half', exclude: ['fc2'] }))
  .finetune()
export const taughtTwice = init()
  .distill(teacher, kd({ temperature: 2 }))
  .distill(train(), undefined, { epochs: 3 })
export const iterative = train().repeat(5, (p) => p.prune(0.2).rewind().train())
export const keepsItsType: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = iterative
export const rewoundTwice = train({ keep: { early: 1, late: 5 } })
  .rewind('late')
  .train()
  .rewind('early')
  .train()
