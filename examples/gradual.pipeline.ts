/**
 * When should weights go: before training (SNIP: Lee et al., 2019), while it goes on (GMP: Zhu & Gupta, 2017; with recovery, weights that
 * went too early may return), or at once when most of it is done? All arms have the same sparsity, the same epochs and one ranking over the
 * network; weights that go at random before training are the control of SNIP.
 *
 * `--set scale=paper`: ResNet-20 on CIFAR-10, 300 epochs, the setting in which Lin et al. (2020) compare them.
 */
import {
  type Arch,
  cifar10,
  compare,
  digits,
  flip,
  gmpArms,
  lenet300,
  padCrop,
  params,
  random,
  resnet,
  seeds,
  sgd,
  snip,
  step,
  sweep,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { epochs, every, sparsities, trials } = {
  // In trainings of a thousand steps the period of 100 that long ones have leaves a handful of changes.
  demo: { epochs: 8, every: 20, sparsities: [0.9, 0.98], trials: 2 },
  paper: { epochs: 300, every: 100, sparsities: [0.9, 0.95, 0.98], trials: 3 },
  minimal: { epochs: 2, every: 50, sparsities: [0.9], trials: 1 },
}[scale]

const study = <A extends Arch>(setting: Omit<TaskOptions<A>, 'epochs' | 'seed'>) =>
  seeds(trials, (seed) => {
    const { init } = task({ ...setting, epochs, seed })
    return sweep({ sparsity: sparsities }, ({ sparsity }) =>
      compare({
        ...init().pipe(gmpArms({ sparsity, every, epochs, scope: 'global' })),
        snip: init().pipe(snip({ sparsity })).train(),
        randomAtInit: init().prune(random(sparsity)).train(),
      }),
    )
  })

export default scale === 'paper'
  ? study({
      model: resnet(20),
      data: cifar10(),
      augment: [padCrop(4), flip()],
      optimizer: sgd({ lr: step(0.2, { at: { epochs: [150, 225] } }), nesterov: true, weightDecay: 1e-4 }),
      batch: 128,
    })
  : study({ model: lenet300(), data: digits(), optimizer: sgd({ lr: step(0.05), nesterov: true, weightDecay: 1e-4 }) })
