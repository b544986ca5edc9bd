import {
  type Arch,
  adamw,
  at,
  crd,
  criterion,
  cubic,
  data,
  dist,
  dkd,
  ensemble,
  filterCriterion,
  filterL1,
  filterL2,
  fitnet,
  force,
  gradient,
  grasp,
  imp,
  kd,
  lamp,
  latentBE,
  layer,
  linear,
  loss,
  type Mask,
  model,
  movement,
  nm,
  oneCycle,
  type Pipeline,
  params,
  random,
  rkd,
  sgd,
  simkd,
  slimming,
  sp,
  srrl,
  stage,
  sweep,
  synflow,
  task,
  throughout,
} from 'espalier'
import { big, type Conv, type Mlp, many, small, ten } from '../networks.ts'

const { init, train } = small

export const snip = init()
  .prune(gradient(0.9, { batches: 4 }))
  .train()
export const atInit: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = init()
  .prune(synflow(0.9, { rounds: 10, scope: 'global' }))
  .train()
export const foreseen = init()
  .prune(force({ fc1: 0.9 }, { rounds: 10, batches: 2 }))
  .prune(grasp(0.5))
  .prune(gradient(0.5, { rounds: 5 }))
  .train()
export const twoOfFour: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = train()
  .prune(nm(2, 4, { exclude: ['fc1'], outputLayer: 'keep' }))
  .finetune()
export const informed: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = init()
  .prune(
    criterion(0.9, (weights, { gradient, random }) => weights.map((w, i) => w * gradient![i]! * random()), { gradient: { batches: 2 } }),
  )
  .train()
export const ownFilters = big
  .train()
  .prune(filterCriterion({ conv1: 0.5 }, (filter, { fraction }) => filter[0]! * fraction))
  .shrink()
export const randomly = init()
  .prune(random(0.9, { seed: 3, scope: 'layer' }))
  .train()
export const byKernel = init()
  .prune(random(0.9, { scope: 'erk', outputLayer: 'keep' }))
  .train()
export const adaptive: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = train().prune(lamp(0.9)).finetune()
export const gradually: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = init().prune(0.9, { schedule: cubic(), every: 10 })
export const moving = train().prune(movement(0.9), { schedule: linear({ begin: 0.1, end: 0.9 }), epochs: 5 })
export const softFilters = big.init().prune(filterL2(0.3), { schedule: throughout(), mode: 'soft' }).shrink().finetune()
export const byLayer = big
  .train()
  .prune(filterL1({ conv1: 0.25, conv2: 0.5 }, { multipleOf: 8 }))
  .shrink()
  .finetune()
export const slim: Pipeline<Conv<10>, 'trained', never, never> = big.train({ gammaL1: 1e-4 }).prune(slimming(0.5)).shrink().finetune()
export const feedback = init()
  .dpf(0.9, { every: 4, schedule: cubic({ end: 0.5 }) })
  .export({ format: 'safetensors', path: 'dpf.safetensors' })
export const feedbackByLayer = init().dpf({ fc1: 0.9 }).dense().finetune()
export const both = big.train().prune(filterL1(0.3)).finetune().prune(0.5).finetune().dense()
export const lateRewind = train().prune(0.9).rewind({ epoch: 2 }).train()
export const stepRewind = train({ keep: { early: { step: 500 } } })
  .prune(0.9)
  .rewind({ step: 200 })
  .train()
  .rewind('early')
  .train()
export const shuffled = train().prune(0.9).reinit({ shuffleMask: true, weights: 'keep' }).rewind().train()
export const reshuffled = train().prune(0.9).reinit({ shuffleMask: true, seed: 2 }).train()
export const between: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = train()
  .prune(0.9)
  .finetune()
  .interpolate(train().prune(0.9).finetune({ seed: 1 }), 0.5)
export const slowly = train()
  .prune(0.9)
  .finetune({ lr: { times: 0.01 } })
export const again = train().prune(0.9).finetune({ lr: 'rewind', from: 5 })
export const sparseFan = train().prune(0.9).reinit({ he: 'fanIn' }).train()
export const sameSigns = train().prune(0.9).reinit({ signs: 'init', draw: 2 }).train()
export const eachAtItsRate: Pipeline<Conv<10>, 'trained', 'unstructured', 'init'> = big
  .train()
  .pipe(imp({ perRound: { conv1: 0.1, out: 0.2 } }))
export const regrowing: Pipeline<Mlp, 'trained', 'unstructured', 'init'> = init().prune(random(0.9, { scope: 'erk' }), {
  schedule: throughout(),
  mode: 'regrow',
  regrow: { grow: 'random', fraction: 0.3, to: 0.3, end: 1 },
  every: { epochs: 1 },
})
export const recovering = init().prune(0.9, { schedule: cubic(), mode: 'recover' })
export const hints = big
  .init()
  .distill(big.train({ seed: 7 }), fitnet({ student: 'conv1', teacher: 'conv2' }))
  .rewind()
  .train()
export const budgeted: Pipeline<Conv<10>, 'trained', 'structured', 'init'> = big
  .train()
  .prune(filterL1({ macs: 0.5 }, { scope: 'global', multipleOf: 4 }))
export const ownBudget = big.train().prune(filterCriterion({ macs: 0.5 }, (filter) => filter.length, { scope: 'global' }))
export const fewer = big.init().dpf(filterL2({ parameters: 0.3 }, { exclude: ['conv1'] }))
export const quicker = big.train().prune(slimming({ latency: 0.5 }, { milliseconds: { conv1: 1, conv2: 2, out: 0.1 } }))
export const attentive = big
  .init()
  .distill(big.train(), at({ student: ['conv1', 'conv2'], teacher: ['conv2', 'conv2'], kl: 1 }))
  .rewind()
export const related = init().distill(big.train(), rkd({ distance: 0 }))
export const decoupled = many.init().distill(
  ensemble(2, (seed) => train({ seed })),
  dkd({ warmup: 5 }),
)
export const connected = big.init().distill(train(), srrl()).rewind()
export const contrasted = init().distill(big.train(), crd({ negatives: 1024, kl: 1 }))
export const correlated = init().distill(train(), dist())
export const preserving = big.init().distill(big.train(), sp())
export const ownHint = big.init().distill(
  ensemble(2, (seed) => big.train({ seed })),
  loss(({ tf, features: { student, teachers } }) => tf.mean(tf.sub(student.conv1, teachers[1]!.conv2)), {
    student: ['conv1'],
    teacher: ['conv2'],
  }),
)
export const teachers = ensemble(4, (seed) => big.train({ seed }))
export const taughtByMany = init().distill(teachers, kd({ alpha: 1 }))
export const latent: Pipeline<Conv<10>, 'trained', never, never> = many.init().distill(teachers, latentBE()).mergeMembers()
export const mergedThenPruned = latent.prune(filterL1(0.3)).shrink().finetune()
export const plainLatent = many
  .init()
  .distill(teachers, latentBE({ perturbation: 'none' }))
  .mergeMembers()
export const ofTwo = big.init().distill(
  ensemble(2, (seed) => big.train({ seed })),
  simkd(),
)
export const similar = big
  .init()
  .distill(big.train(), simkd({ factor: 4 }))
  .finetune()
export const grid = sweep({ sparsity: [0.5, 0.9], seed: [0, 1, 2] }, ({ sparsity, seed }) => train({ seed }).prune(sparsity).finetune())
export const labelled = sweep({ teach: { soft: kd(), hard: kd({ alpha: 0 }) } }, ({ teach }) => init().distill(train(), teach))

const { lr, rounds, quick } = params({ lr: 0.1, rounds: 3, quick: false })
export const told = task({
  model: network(),
  data: ten,
  optimizer: sgd({ lr: oneCycle(lr), weightDecay: { kernels: 5e-4 } }),
  epochs: quick ? 1 : rounds,
}).train()

function network() {
  return model(
    (tf) =>
      tf.sequential({
        layers: [tf.layers.flatten({ inputShape: [28, 28, 1] }), swish(tf), tf.layers.dense({ name: 'out', units: 10 })],
      }),
    {
      classes: 10,
      layers: { out: 10 },
      channels: 'has no channels',
      norm: 'no batch-norm',
      features: 'feature vector',
      members: 1,
    },
  )
}
const swish = layer((x, tf) => tf.mul(x, tf.sigmoid(x)))

export const mine = train().prune(criterion({ fc1: 0.5 }, (weights, { mask }) => weights.map((w, i) => Math.abs(w) * mask[i]!)))
export const rounded = train().pipe(
  stage(
    'round',
    ({ weights }, { bits }) => new Map([...weights].map(([name, w]) => [name, w.map((x) => Math.round(x * 2 ** bits) / 2 ** bits)])),
    {
      bits: 8,
    },
  ),
)
export const ownLoss = init().distill(
  train(),
  loss(({ tf, student, teachers: [teacher] }) => tf.losses.meanSquaredError(teacher!, student) as never),
)
const split = { images: new Float32Array(28 * 28), labels: new Int32Array(1) }
const own = data(10, { input: [28, 28, 1], train: split, validation: split, test: split })
export const ownData = task({
  model: network(),
  data: own,
  optimizer: adamw({ lr: 1e-3 }),
  epochs: 1,
  labelSmoothing: 0.1,
  clipNorm: 1,
  ema: 0.99,
}).train()
export const loaded = data(2, async () => ({ input: [1, 1, 1], train: split, validation: split, test: split }))

const dsd =
  (sparsity: number) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K>) =>
    p.prune(sparsity).finetune().dense().finetune()
export const denseAgain: Pipeline<Mlp, 'trained', never, 'init'> = train().pipe(dsd(0.5))
export const impWithKd = train().repeat(10, (p) => p.prune(0.2).rewind().distill(big.train()))
export const onGpu = train({ resources: { device: 'gpu', memory: '6 GB' } }).finetune({ resources: { memory: '1.5 TB' } })
export const onProcessor = task({
  ...{ model: network(), data: own, optimizer: adamw({ lr: 1e-3 }), epochs: 1 },
  resources: { device: 'cpu' },
})
