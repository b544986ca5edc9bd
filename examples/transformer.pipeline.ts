/**
 * A small vision transformer (Dosovitskiy et al., 2021) loses half of its heads and half of the units of its MLPs, by the L1 norm of what
 * makes them. Is what is left better fine-tuned, trained again from where it was early in its training, or taught from there by a
 * convolutional network, as Touvron et al. (2021) teach transformers? Each ends as a network that is smaller, not masked; the control is one
 * with other first weights.
 *
 * On digits; `--set scale=paper`: six blocks on CIFAR-10.
 */
import {
  type Arch,
  adamw,
  bnConv,
  cifar10,
  compare,
  cosine,
  digits,
  filterL1,
  flip,
  type HasChannels,
  padCrop,
  params,
  resnet,
  seeds,
  type TaskOptions,
  task,
  vit,
  warmup,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { epochs, early, trials } = {
  demo: { epochs: 5, early: 1, trials: 1 },
  paper: { epochs: 200, early: 10, trials: 3 },
  minimal: { epochs: 2, early: 1, trials: 1 },
}[scale]

type Ten = Arch & { readonly classes: 10 }

const study = <V extends Ten & HasChannels, C extends Ten>(transformer: TaskOptions<V>, convolutions: TaskOptions<C>) =>
  seeds(trials, (seed) => {
    const { train } = task({ ...transformer, seed })
    const teacher = task({ ...convolutions, seed }).train()
    const dense = train({ keep: { early } })
    const pruned = dense.prune(filterL1(0.5))
    return compare({
      dense,
      teacher,
      finetuned: pruned.finetune().shrink(),
      rewound: pruned.rewind('early').train().shrink(),
      reinit: pruned.reinit().train().shrink(),
      hybrid: pruned.rewind('early').distill(teacher).shrink(),
    })
  })

const demo = { data: digits(), optimizer: adamw({ lr: warmup(1, cosine(3e-3)), weightDecay: 0.05 }), epochs }
const paper = {
  data: cifar10(),
  optimizer: adamw({ lr: warmup(10, cosine(1e-3)), weightDecay: 0.05 }),
  epochs,
  batch: 128,
  augment: [padCrop(4), flip()],
}

export default scale === 'paper'
  ? study({ ...paper, model: vit(6) }, { ...paper, model: resnet(56) })
  : study({ ...demo, model: vit(2, { patch: 7, width: 48, heads: 4, mlp: 96 }) }, { ...demo, model: bnConv([16, 32, 32]) })
