/**
 * Filters at a budget: networks that are left with the same share of their multiplications, however their filters were chosen. By L1 norm
 * in each layer (Li et al., 2017), in one ranking over the network, by batch norm's scales (Liu et al., 2017), and by L2 norm while it
 * trains; each cut out and, but for the last, fine-tuned for half as long at a tenth of the rate. A fraction of filters
 * would leave each with other costs.
 *
 * `--set scale=paper`: ResNet-56 on all 50,000 training images of CIFAR-10, 27.6 % of its multiplications gone, as Li et al. report of their
 * ResNet-56-B. What is called validation there is read off the test images; nothing is chosen by it.
 */
import {
  type Arch,
  bnConv,
  cifar10,
  compare,
  cubic,
  digits,
  filterL1,
  filterL2,
  flip,
  type HasBatchNorm,
  type HasChannels,
  padCrop,
  params,
  resnet,
  seeds,
  sgd,
  slimming,
  step,
  sweep,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })

const study = <A extends Arch & HasChannels & HasBatchNorm>(
  trials: number,
  budgets: readonly number[],
  setting: TaskOptions<A> & { readonly epochs: number },
) =>
  seeds(trials, (seed) =>
    sweep({ macs: budgets }, ({ macs }) => {
      const { init, train } = task({ ...setting, seed })
      const dense = train()
      const tuned = { epochs: Math.ceil(setting.epochs / 2), lr: { times: 0.1 } }
      return compare({
        dense,
        byLayer: dense.prune(filterL1({ macs })).shrink().finetune(tuned),
        oneRanking: dense
          .prune(filterL1({ macs }, { scope: 'global' }))
          .shrink()
          .finetune(tuned),
        slimming: train({ gammaL1: 1e-4 }).prune(slimming({ macs })).shrink().finetune(tuned),
        gradual: init()
          .prune(filterL2({ macs }), { schedule: cubic(), every: { epochs: 1 } })
          .shrink(),
      })
    }),
  )

const paper = () =>
  study(3, [0.276], {
    model: resnet(56),
    data: cifar10({ validation: 'test' }),
    augment: [padCrop(4), flip()],
    optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }),
    epochs: 160,
    batch: 128,
  })

const demo = (epochs: number, trials: number, budgets: readonly number[]) =>
  study(trials, budgets, { model: bnConv([8, 16, 16]), data: digits(), optimizer: sgd({ lr: step(0.05) }), epochs })

export default scale === 'paper' ? paper() : scale === 'demo' ? demo(4, 2, [0.5, 0.75]) : demo(1, 1, [0.5])
