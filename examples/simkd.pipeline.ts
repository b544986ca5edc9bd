/**
 * SimKD (Chen et al., 2022): a student that learns its teacher's last feature map and takes over the classifier, beside the rows of the
 * paper's tables (labels alone, KD, AT, SP, CRD, SRRL, each with the constants of the authors' code), RKD, DKD and DIST, and the same larger
 * network (student with projector) taught by labels.
 *
 * `--set scale=paper`: ResNet-32x4 teaches ResNet-8x4 on all 50,000 training images of CIFAR-100 for 240 epochs. What is called validation
 * there is read off the test images; nothing is chosen by it.
 */
import {
  adam,
  bnConv,
  cifar100,
  compare,
  cosine,
  digits,
  flip,
  padCrop,
  params,
  resnet8x4,
  resnet32x4,
  seeds,
  sgd,
  simkdTable,
  step,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })

const paper = () => {
  const optimizer = sgd({ lr: step(0.05, { at: { epochs: [150, 180, 210] } }), weightDecay: 5e-4 })
  const shared = { data: cifar100({ validation: 'test' }), augment: [padCrop(4), flip()], optimizer, epochs: 240, batch: 64 }
  return seeds(3, (seed) => {
    const teacher = task({ ...shared, model: resnet32x4({ classes: 100 }), seed }).train()
    const student = task({ ...shared, model: resnet8x4({ classes: 100 }), seed }).init()
    const maps = {
      student: ['stage1_block1_conv2', 'stage2_block1_conv2', 'stage3_block1_conv2'],
      teacher: ['stage1_block5_conv2', 'stage2_block5_conv2', 'stage3_block5_conv2'],
    } as const
    return compare({ teacher, ...simkdTable({ student, teacher, maps }) })
  })
}

const demo = (epochs: number, trials: number) =>
  seeds(trials, (seed) => {
    const shared = { data: digits(), epochs, seed }
    const teacher = task({ ...shared, model: bnConv([8, 16, 32, 32]), optimizer: sgd({ lr: step(0.05) }) }).train()
    const student = task({ ...shared, model: bnConv([4, 8, 8]), optimizer: adam({ lr: cosine(3e-3) }) }).init()
    const maps = { student: ['conv1', 'conv2', 'conv3'], teacher: ['conv1', 'conv2', 'conv4'] } as const
    return compare({ teacher, ...simkdTable({ student, teacher, maps, negatives: 1024, dkd: { warmup: 1 } }) })
  })

export default scale === 'paper' ? paper() : scale === 'demo' ? demo(8, 2) : demo(1, 1)
