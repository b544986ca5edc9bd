/**
 * Rethinking the value of network pruning (Liu et al., 2019): is a pruned architecture better fine-tuned, or trained from scratch for as
 * many epochs (E) or as much computation (B) as the large one?
 *
 * `--set scale=paper`: VGG-16 of Li et al. on all 50,000 training images of CIFAR-10, with the first and the last six convolutions halved by
 * L1 norm ("VGG-16-A"), 160 epochs. What is called validation there is read off the test images; nothing is chosen by it.
 */
import { bnConv, cifar10, compare, digits, filterL1, flip, padCrop, params, rethinkingArms, seeds, sgd, step, task, vgg } from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })

/** Multiplications of 3 × 3 convolutions: positions · 9 · inputs · outputs. */
const macs = (channels: readonly number[], sides: readonly number[], input: number) =>
  channels.reduce((sum, outputs, i) => sum + sides[i]! ** 2 * 9 * (channels[i - 1] ?? input) * outputs, 0)

const paper = () => {
  const optimizer = sgd({ lr: step(0.1, { at: { fractions: [0.5, 0.75] } }), weightDecay: 1e-4 })
  const wide = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
  const narrow = wide.map((channels, i) => (i === 0 || i >= 7 ? channels / 2 : channels))
  const sides = [32, 32, 16, 16, 8, 8, 8, 4, 4, 4, 2, 2, 2]
  const ratio = macs(wide, sides, 3) / macs(narrow, sides, 3)
  return seeds(5, (seed) => {
    const [model, data] = [vgg(16, { classifier: 'hidden' }), cifar10({ validation: 'test' })]
    const dense = task({ model, data, augment: [padCrop(4), flip()], optimizer, epochs: 160, batch: 64, seed }).train()
    const pruned = dense
      .prune(filterL1({ conv1: 0.5, conv8: 0.5, conv9: 0.5, conv10: 0.5, conv11: 0.5, conv12: 0.5, conv13: 0.5 }))
      .shrink()
    return compare(rethinkingArms({ dense, pruned, epochs: 160, ratio, finetuneAt: [1e-3, 1e-2], finetuneEpochs: 40 }))
  })
}

const demo = (epochs: number, trials: number) => {
  const ratio = macs([8, 16, 16], [14, 7, 7], 1) / macs([4, 8, 8], [14, 7, 7], 1)
  return seeds(trials, (seed) => {
    const dense = task({ model: bnConv(), data: digits(), optimizer: sgd({ lr: step(0.05), weightDecay: 1e-4 }), epochs, seed }).train()
    return compare(rethinkingArms({ dense, pruned: dense.prune(filterL1(0.5)).shrink(), epochs, ratio, finetuneAt: [1e-3, 1e-2] }))
  })
}

export default scale === 'paper' ? paper() : scale === 'demo' ? demo(4, 2) : demo(1, 1)
