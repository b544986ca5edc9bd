/**
 * Is what pruning inherits worth anything, on the first 10,000 images of CIFAR-10? Two networks, half of some layers' filters by L1 norm, built small:
 * ResNet-8, the first convolution of each block; and 32, 64 and 128 channels in a row, all layers. SGD 0.1 in steps, weight decay 1e-4 in every arm,
 * batch 128, E = 8 epochs, crops and flips; fine-tuning for E/4.
 */
import { bnConv, cifar10, compare, filterL1, flip, padCrop, params, resnet, rethinkingArms, seeds, sgd, step, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 1 : 8

/** Multiplications of ResNet-8, with so much of each block's inside: side² · window · inputs · outputs. */
const residual = (inside: number) =>
  32 ** 2 * 27 * 16 +
  inside * 9 * (32 ** 2 * 2 * 16 * 16 + 16 ** 2 * (16 * 32 + 32 * 32) + 8 ** 2 * (32 * 64 + 64 * 64)) +
  16 ** 2 * 16 * 32 +
  8 ** 2 * 32 * 64 +
  640
const inARow = (a: number, b: number, c: number) => 16 ** 2 * 27 * a + 8 ** 2 * 9 * (a * b + b * c) + 10 * c

const setting = {
  data: cifar10({ train: quick ? 1_000 : 10_000 }),
  augment: [padCrop(4), flip()],
  optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }),
  epochs,
  batch: 128,
}

export default seeds(quick ? 1 : 5, (seed) => {
  const [resnet8, row] = [
    task({ ...setting, model: resnet(8), seed }).train(),
    task({ ...setting, model: bnConv([32, 64, 128]), seed }).train(),
  ]
  const inside = filterL1({ stage1_block1_conv1: 0.5, stage2_block1_conv1: 0.5, stage3_block1_conv1: 0.5 })
  const arms = { epochs, finetuneAt: [1e-3, 1e-2] }
  return compare({
    resnet8: compare(
      rethinkingArms({ ...arms, dense: resnet8, pruned: resnet8.prune(inside).shrink(), ratio: residual(1) / residual(0.5) }),
    ),
    inARow: compare(
      rethinkingArms({ ...arms, dense: row, pruned: row.prune(filterL1(0.5)).shrink(), ratio: inARow(32, 64, 128) / inARow(16, 32, 64) }),
    ),
  })
})
