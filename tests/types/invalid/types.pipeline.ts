// Programs that only the types can refuse, or refuse in the compiler's own words. Each `//!` is part of the message for the line under it.
import { compare, type HasBatchNorm, magnitude, type Pipeline, type Pruner, seeds, sgd } from 'espalier'
import { big, type Conv, type Mlp, small } from '../networks.ts'
import { fromEarly } from '../valid/helpers.pipeline.ts'

const { init, train } = small
declare const slimming: Pruner<HasBatchNorm, 'structured'>

//! Type '"structured"' is not assignable to type '"unstructured"'
export const claimsAMask: Pipeline<Mlp, 'trained', 'structured', never> = train().prune(0.5)
//! Type '"early"' is not assignable to type '"init"'
export const claimsASnapshot: Pipeline<Mlp, 'trained', never, 'early'> = train()
//! Type '"fresh"' is not assignable to type '"trained"'
export const claimsTraining: Pipeline<Mlp, 'trained', never, never> = train().rewind()
//! Type 'Mlp' is not assignable to type 'Conv<10>'
export const claimsANetwork: Pipeline<Conv<10>, 'trained', never, never> = train()
//! Type '"early"' is not assignable to type '"init"'
train().pipe(fromEarly)
//! Type '"no batch-norm"' is not assignable to type '"batch-norm"'
train().prune(slimming)
//! 'fc9' does not exist in type
train().prune({ fc9: 0.5 })
//! Property 'fc9' is missing in type
train().prune(magnitude({ fc9: 0.5 }))
//! Property 'conv1' is missing in type
train().prune(magnitude(0.5, { exclude: ['conv1'] }))
//! Write 0.9 for 90 %.
magnitude(90)
//! '"half"' is not assignable to type
magnitude(0.5, { scope: 'global', outputLayer: 'half' })
//! 'scope' does not exist in type
magnitude({ fc1: 0.5 }, { scope: 'layer' })
//! 'epoch' does not exist in type
train({ epoch: 3 })
//! 'keep' does not exist in type
train().finetune({ keep: { early: 2 } })
//! Type 'string' is not assignable to type
train({ lr: 'rewind' })
//! is not assignable to parameter of type
train().prune((w: number) => w)
//! is missing the following properties from type 'Pipeline<
compare({ teacher: big })
//! is not assignable to type 'Runnable'
seeds(3, () => 7)
//! Property 'lr' is missing in type
sgd({})
//! 'epochs' does not exist in type 'Distiller<Mlp & { readonly teachers: 1; },
init().distill(big.train(), { epochs: 3 })
