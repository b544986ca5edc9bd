// Programs that only the types can refuse, or refuse in the compiler's own words. Each `//!` is part of the message for the line under it.
import {
  adamw,
  at,
  compare,
  criterion,
  cubic,
  ensemble,
  filterL1,
  fitnet,
  gradient,
  imp,
  kd,
  latentBE,
  layer,
  linear,
  loss,
  magnitude,
  model,
  movement,
  oneShot,
  type Pipeline,
  params,
  random,
  rkd,
  seeds,
  sgd,
  simkd,
  slimming,
  sp,
  stage,
  sweep,
} from 'espalier'
import { big, type Conv, type Mlp, many, small } from '../networks.ts'
import { fromEarly } from '../valid/helpers.pipeline.ts'

const { init, train } = small
const two = ensemble(2, (seed) => big.train({ seed }))
const three = ensemble(3, (seed) => big.train({ seed }))

//! Type '"structured"' is not assignable to type '"unstructured"'
export const claimsAMask: Pipeline<Mlp, 'trained', 'structured', never> = train().prune(0.5)
//! Property 'conv9' is missing in type
big.train().pipe(imp({ perRound: { conv9: 0.1 } }))
//! Type '"early"' is not assignable to type '"init"'
export const claimsASnapshot: Pipeline<Mlp, 'trained', never, 'early'> = train()
//! Type '"fresh"' is not assignable to type '"trained"'
export const claimsTraining: Pipeline<Mlp, 'trained', never, never> = train().rewind()
//! Type 'Mlp' is not assignable to type 'Conv<10>'
export const claimsANetwork: Pipeline<Conv<10>, 'trained', never, never> = train()
//! Type '"early"' is not assignable to type '"init"'
train().pipe(fromEarly)
//! Type 'Mlp' is not assignable to type 'HasLayer<never> & HasChannels & HasBatchNorm'
train().prune(slimming(0.5))
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
//! Type '"pruned"' is not assignable to type '"dense"'
compare({ dense: big.train() }, { baseline: 'pruned' })
//! is not assignable to type 'Runnable'
seeds(3, () => 7)
//! Property 'lr' is missing in type
sgd({})
//! 'epochs' does not exist in type 'Distiller<Mlp & { readonly teachers: 1; },
init().distill(big.train(), { epochs: 3 })
//! Type '"has no channels"' is not assignable to type '"has channels"'
train().prune(filterL1(0.5))
//! 'multipleOf' does not exist in type
train().prune(magnitude(0.5, { multipleOf: 8 }))
//! Type '"at once"' is not assignable to type '"during training"'
train().prune(movement(0.5))
//! Type '"during training"' is not assignable to type '"at once"'
train().prune(gradient(0.5), { schedule: cubic() })
//! 'epochs' does not exist in type
train().prune(0.5, { schedule: oneShot(), epochs: 3 })
//! 'epochs' does not exist in type '{ readonly schedule: SparsitySchedule<"at once">; }'
train().prune(0.5, { epochs: 3 })
const informed = criterion(0.5, (weights) => weights, { gradient: {} })
//! Type '"during training"' is not assignable to type '"at once"'
train().prune(informed, { schedule: cubic() })
//! is not assignable to type
init().prune(0.9, { schedule: cubic(), mode: 'soft', regrow: { fraction: 0.3 } })
//! 'mode' does not exist in type 'FeedbackOptions'
init().dpf(0.9, { mode: 'soft' })
//! is not assignable to type 'SparsitySchedule<"during training">'
init().dpf(0.9, { schedule: oneShot() })
//! Type '"during training"' is not assignable to type '"at once"'
big.init().dpf(slimming(0.9)).evaluate()
//! 'outputLayer' does not exist in type
big.train().prune(filterL1(0.5, { outputLayer: 'keep' }))
//! Property 'shuffleMask' is missing in type
train().prune(0.5).reinit({ weights: 'keep' })
//! Type '"early"' is not assignable to type '"init"'
train().prune(0.5).reinit({ signs: 'early' })
//! is not assignable to type 'undefined'
train().prune(0.5).reinit({ seed: 3, draw: 1 })
//! Property 'macs' is missing in type
big.train().prune(magnitude({ macs: 0.5 }))
//! Type 'Mlp' is not assignable to type 'HasChannels'
train().prune(filterL1({ macs: 0.5 }))
//! Property 'stage9' is missing in type
big.init().distill(big.train(), fitnet({ student: 'conv1', teacher: 'stage9' }))
//! Property 'conv1' is missing in type
init().distill(big.train(), fitnet({ student: 'conv1', teacher: 'conv2' }))
//! Type '2' is not assignable to type '1'
big.init().distill(two, fitnet({ student: 'conv1', teacher: 'conv2' }))
//! Property 'stage9' is missing in type
big.init().distill(big.train(), at({ student: ['conv1', 'conv2'], teacher: ['conv1', 'stage9'] }))
//! Type '2' is not assignable to type '1'
big.init().distill(two, sp())
//! Type '4' is not assignable to type '1'
many.init().distill(big.train(), rkd())
const ofStage9 = loss(({ student }) => student, { student: ['stage9'] })
//! Property 'stage9' is missing in type
big.init().distill(big.train(), ofStage9)
//! Property 'conv1' does not exist on type
loss(({ features }) => features.student.conv1)
//! Type '"feature vector"' is not assignable to type '"feature map"'
train().distill(big.train(), simkd())
//! Type '3' is not assignable to type '4'
many.init().distill(three, latentBE())
//! Type '1' is not assignable to type
big.init().distill(two, latentBE())
//! 'step' does not exist in type
latentBE({ perturbation: 'none', step: 0.1 })
//! Type '"init"' is not assignable to type 'never'
export const afterSimkd: Pipeline<Conv<10>, 'trained', never, 'init'> = big.train().distill(big.train(), simkd())
//! Property 'rounds' does not exist on type
sweep({ sparsity: [0.5, 0.9] }, ({ rounds }) => train().prune(rounds))
//! Write 0.9 for 90 %.
sweep({ sparsity: [50, 90] }, ({ sparsity }) => train().prune(sparsity))
//! Type 'number' is not assignable to type 'string'
export const word: string = params({ lr: 0.1 }).lr
//! Property 'rate' does not exist on type
params({ lr: 0.1 }).rate
//! Type 'number' is not assignable to type 'Float32Array
train().prune(criterion(0.5, (weights) => weights.length))
//! is missing the following properties from type 'ReadonlyMap<string, Float32Array<ArrayBufferLike>>'
train().pipe(stage('round', ({ weights }) => [...weights]))
//! Property 'bits' does not exist on type
train().pipe(stage('round', ({ weights }, { bits }) => (bits > 8 ? weights : new Map()), { digits: 3 }))
//! Property 'labels' does not exist on type 'Tensor
loss(({ student }) => student.labels)
//! Type 'number' is not assignable to type 'Tensor
layer((x) => x.size)
//! Expected 2 arguments, but got 1
model((tf) => layer((x, { mul }, _, { w }) => mul(x, w), { weights: { w: { shape: [1], role: 'scale' } } })(tf) as never, {} as never)
//! 'nesterov' does not exist in type 'AdamWOptions'
adamw({ lr: 1e-3, nesterov: true })
//! 'biases' does not exist in type
sgd({ lr: 0.1, weightDecay: { biases: 1e-4 } })
//! No overload matches this call
linear('fast')
//! Property 'train' does not exist on type 'Artifact'
train().export({ format: 'tfjs', path: 'a' }).train()
//! Type '"hdf5"' is not assignable to type
train().export({ format: 'hdf5', path: 'a.h5' })
//! 'alfa' does not exist in type 'KdOptions'
kd({ alfa: 0.5 })
//! 'batch' does not exist in type
random(0.5, { batch: 3 })
//! 'labelSmooth' does not exist in type
train({ labelSmooth: 0.1 })
//! Type '"tpu"' is not assignable to type '"cpu" | "gpu"
train({ resources: { device: 'tpu' } })
//! Type '"6GB"' is not assignable to type
train({ resources: { memory: '6GB' } })
//! is not assignable to type
train().finetune({ resources: { memory: 6e9 } })
//! 'gpus' does not exist in type 'Resources'
train().dpf(0.5, { resources: { gpus: 1 } })
//! 'resources' does not exist in type
train().prune(0.5, { schedule: oneShot(), resources: { device: 'gpu' } })
