/**
 * Dynamic pruning with feedback (Lin et al., 2020) beside pruning at once and pruning gradually, all in the same number of epochs.
 *
 * `--set scale=paper`: ResNet-20 on all 50,000 training images of CIFAR-10, 300 epochs, masks every 16 steps, all of the sparsity from the
 * second drop of the learning rate on. What is called validation there is read off the test images; nothing is chosen by it.
 */
import {
  type Arch,
  cifar10,
  compare,
  digits,
  dpfArms,
  flip,
  lenet300,
  padCrop,
  params,
  resnet,
  seeds,
  sgd,
  step,
  sweep,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const epochs = { demo: 8, paper: 300, minimal: 2 }[scale]
// In trainings of a thousand steps the paper's period of 16 refreshes too seldom.
const every = { demo: 4, paper: 16, minimal: 16 }[scale]
const sparsities = { demo: [0.9], paper: [0.9, 0.95], minimal: [0.9] }[scale]

const study = <A extends Arch>(setting: Omit<TaskOptions<A>, 'epochs' | 'seed'>) =>
  seeds({ demo: 2, paper: 3, minimal: 1 }[scale], (seed) => {
    const { init } = task({ ...setting, epochs, seed })
    return sweep({ sparsity: sparsities }, ({ sparsity }) => compare(init().pipe(dpfArms({ sparsity, every, epochs, retrain: 1e-2 }))))
  })

export default scale === 'paper'
  ? study({
      model: resnet(20),
      data: cifar10({ validation: 'test' }),
      augment: [padCrop(4), flip()],
      optimizer: sgd({ lr: step(0.2, { at: { epochs: [150, 225] } }), nesterov: true, weightDecay: 1e-4 }),
      batch: 128,
    })
  : study({ model: lenet300(), data: digits(), optimizer: sgd({ lr: step(0.05), nesterov: true, weightDecay: 1e-4 }) })
