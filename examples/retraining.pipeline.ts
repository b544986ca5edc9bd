/**
 * What to do after pruning (Renda, Frankle & Carbin, 2020): fine-tune at a low rate, rewind weights, or rewind only the learning rate.
 *
 * `--set scale=paper`: ResNet-20 on CIFAR-10, 182 epochs, ten rounds of 20 % over the network, rewound to epoch 18.
 */
import {
  type Arch,
  cifar10,
  compare,
  cosine,
  digits,
  flip,
  lenet300,
  padCrop,
  params,
  resnet,
  retrainingArms,
  seeds,
  sgd,
  step,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { epochs, perRound, rounds, from, trials } = {
  demo: { epochs: 8, perRound: 0.9, rounds: 1, from: 0, trials: 3 },
  paper: { epochs: 182, perRound: 0.2, rounds: 10, from: 18, trials: 3 },
  minimal: { epochs: 1, perRound: 0.9, rounds: 1, from: 0, trials: 1 },
}[scale]

const study = <A extends Arch>(setting: Omit<TaskOptions<A>, 'epochs' | 'seed'>) =>
  seeds(trials, (seed) => {
    const { train } = task({ ...setting, epochs, seed })
    // The paper tunes at 1e-3, the last rate of its schedule.
    return compare(train().pipe(retrainingArms({ perRound, rounds, epochs, from, finetuneAt: scale === 'paper' ? 0.01 : 0.1 })))
  })

export default scale === 'paper'
  ? study({
      model: resnet(20),
      data: cifar10(),
      augment: [padCrop(4), flip()],
      optimizer: sgd({ lr: step(0.1, { at: { epochs: [91, 136] } }), weightDecay: 2e-4 }),
      batch: 128,
    })
  : study({ model: lenet300(), data: digits(), optimizer: sgd({ lr: cosine(0.1) }) })
