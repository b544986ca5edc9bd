/**
 * Sparse from the first step to the last: RigL (Evci et al., 2020), whose weights grow where the gradient is largest, SET (Mocanu et al.,
 * 2018), whose grow anywhere, and masks that stay as they were drawn, all with the same densities of layers; GraNet (Liu et al., 2021), which
 * begins with half of the weights; and the dense network. All arms are trained for the same number of epochs.
 *
 * `--set scale=paper`: wide ResNet-22-2 on CIFAR-10, 250 epochs, as in RigL's figure 4.
 */
import {
  type Arch,
  cifar10,
  compare,
  digits,
  flip,
  granet,
  lenet300,
  padCrop,
  params,
  seeds,
  sgd,
  sparseTrainingArms,
  step,
  sweep,
  type TaskOptions,
  task,
  wrn,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { epochs, every, sparsities, trials } = {
  demo: { epochs: 8, every: 50, sparsities: [0.9, 0.98], trials: 2 },
  paper: { epochs: 250, every: 100, sparsities: [0.5, 0.8, 0.9, 0.95], trials: 3 },
  minimal: { epochs: 2, every: 50, sparsities: [0.9], trials: 1 },
}[scale]

const study = <A extends Arch>(setting: Omit<TaskOptions<A>, 'epochs' | 'seed'>) =>
  seeds(trials, (seed) => {
    const { init } = task({ ...setting, epochs, seed })
    return sweep({ sparsity: sparsities }, ({ sparsity }) =>
      compare({ ...init().pipe(sparseTrainingArms({ sparsity, every })), granet: init().pipe(granet({ sparsity, every, from: 0.5 })) }),
    )
  })

export default scale === 'paper'
  ? study({
      model: wrn(22, 2),
      data: cifar10(),
      augment: [padCrop(4), flip()],
      optimizer: sgd({ lr: step(0.1, { factor: 0.2, at: { epochs: [77, 154, 230] } }), nesterov: true, weightDecay: 5e-4 }),
      batch: 128,
    })
  : study({ model: lenet300(), data: digits(), optimizer: sgd({ lr: step(0.05), weightDecay: 1e-4 }) })
