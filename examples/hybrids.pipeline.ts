/**
 * Methods combined: what one leaves, the next takes. Distilled, pruned, rewound, distilled again; whole filters pruned and the small
 * network taught by SimKD; ten rounds of lottery tickets with distillation inside each; an ensemble in one network, pruned and shrunk;
 * dense-sparse-dense training of a student.
 *
 * `--set scale=paper`: ResNet-20 and ResNet-56 on CIFAR-10.
 */
import {
  type Arch,
  adam,
  batchEnsemble,
  bnConv,
  cifar10,
  compare,
  cosine,
  deepEnsemble,
  digits,
  dsd,
  filterL1,
  flip,
  type HasChannels,
  type HasFeatureMap,
  kd,
  latentBE,
  padCrop,
  params,
  resnet,
  seeds,
  sgd,
  simkd,
  step,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { epochs, rounds, trials } = {
  demo: { epochs: 6, rounds: 10, trials: 1 },
  paper: { epochs: 160, rounds: 10, trials: 3 },
  minimal: { epochs: 1, rounds: 2, trials: 1 },
}[scale]

type Convolutional = Arch & HasChannels & HasFeatureMap & { readonly classes: 10 }

const study = <S extends Convolutional, L extends Convolutional>(small: TaskOptions<S>, large: TaskOptions<L>) =>
  seeds(trials, (seed) => {
    const { init, train } = task({ ...small, seed })
    const teacher = task({ ...large, seed }).train()
    const teachers = deepEnsemble(4, (member) => train({ seed: 4 * seed + member }))
    const many = task({ ...small, model: batchEnsemble(small.model, 4), seed })
    const student = init().distill(teacher)
    return compare({
      teacher,
      student,
      taughtTwice: student
        .prune(0.9)
        .rewind()
        .distill(teacher, kd({ temperature: 2 })),
      smallTaught: train().prune(filterL1(0.5)).shrink().distill(teacher, simkd()),
      taughtTicket: train().repeat(rounds, (p) => p.prune(0.1).rewind().distill(teacher)),
      ensembleShrunk: many.init().distill(teachers, latentBE()).mergeMembers().prune(filterL1(0.3)).shrink().finetune(),
      studentDSD: student.pipe(dsd()),
    })
  })

const setting = { optimizer: adam({ lr: cosine(5e-3) }), epochs, data: digits() }
const paper = { optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }), epochs, batch: 128, data: cifar10(), augment: [padCrop(4), flip()] }

export default scale === 'paper'
  ? study({ ...paper, model: resnet(20) }, { ...paper, model: resnet(56) })
  : study({ ...setting, model: bnConv([4, 8, 8]) }, { ...setting, model: bnConv([8, 16, 16]) })
