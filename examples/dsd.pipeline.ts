/**
 * Dense-sparse-dense training (Han et al., 2017): does a network that loses weights and gets them back end up better than one that was
 * trained for as long without?
 *
 * `--set scale=cifar`: ResNet-20 on CIFAR-10 with the lengths, rates and sparsity of the paper's ResNet-18 and ResNet-50: 90, 45 and 45 epochs,
 * 30 % of each layer but the first. It is no setting of the paper, whose tables are of ImageNet, Flickr-8K and speech.
 */
import {
  type Arch,
  cifar10,
  compare,
  digits,
  dsdArms,
  flip,
  lenet300,
  padCrop,
  params,
  resnet,
  seeds,
  sgd,
  step,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'cifar', 'minimal'] })
const cifar = scale === 'cifar'
const [first, after] = { demo: [10, 5], cifar: [90, 45], minimal: [1, 1] }[scale]!

const study = <A extends Arch>(setting: Omit<TaskOptions<A>, 'epochs' | 'seed'>) =>
  seeds({ demo: 3, cifar: 5, minimal: 1 }[scale], (seed) => {
    const { train } = task({ ...setting, epochs: first!, seed })
    const epochs = { sparse: after!, dense: after! }
    return compare(train().pipe(dsdArms({ sparsity: 0.3, epochs, firstLayer: cifar ? 'keep' : 'same' })))
  })

export default cifar
  ? study({
      model: resnet(20),
      data: cifar10(),
      augment: [padCrop(4), flip()],
      optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }),
      batch: 128,
    })
  : study({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.05 }) })
