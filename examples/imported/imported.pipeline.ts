/**
 * A ResNet-18 out of PyTorch: brought in, trained on, its filters pruned to half its multiplications, shrunk, distilled from itself for an epoch,
 * and written as ONNX.
 *
 *     python examples/imported/resnet18.py resnet18.onnx
 *     espalier run examples/imported/imported.pipeline.ts --set network=resnet18.onnx
 */
import { cifar10, digits, filterL1, imported, kd, params, sgd, task } from 'espalier'

const { network, data, epochs } = params({
  /** For images of the data's shape: `--image 1 28 28` makes one for digits. */
  network: 'resnet18.onnx',
  data: 'cifar10',
  epochs: 10,
})

const { pretrained } = task({
  model: imported({ from: network, classes: 10 }),
  data: data === 'digits' ? digits() : cifar10(),
  optimizer: sgd({ lr: 0.02, momentum: 0.9 }),
  epochs,
  batch: 128,
})
const teacher = pretrained().train()

export const whole = teacher.evaluate()
// Of each layer 0.3 of the filters: 0.7² ≈ half of the multiplications are left.
export const slim = teacher
  .prune(filterL1(0.3))
  .shrink()
  .distill(teacher, kd(), { epochs: 1 })
  .evaluate()
  .export({ format: 'onnx', path: 'resnet18-slim.onnx' })
