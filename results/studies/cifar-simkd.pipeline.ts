/**
 * SimKD and its family on the first 10,000 images of CIFAR-10: ResNet-20 (SGD 0.1 in steps, weight decay 5e-4, 12 epochs) teaches ResNet-8 (SGD
 * 0.05 in steps, 10 epochs), batch 64, crops and flips. KD is CE + τ²·KL at τ 4; FitNet that with 100 times the distance of the last stages'
 * maps; AT, SP, CRD and SRRL that with the weights of SimKD's code; RKD, DKD (β 2, as from ResNet-56 to ResNet-20) and DIST as in theirs.
 */
import { cifar10, compare, fitnet, flip, padCrop, params, resnet, seeds, sgd, simkdTable, step, task } from 'espalier'

const { quick } = params({ quick: false })
const setting = { data: cifar10({ train: quick ? 1_000 : 10_000 }), augment: [padCrop(4), flip()], batch: 64 }
const optimizer = (lr: number) => sgd({ lr: step(lr), weightDecay: 5e-4 })

export default seeds(quick ? 1 : 3, (seed) => {
  const teacher = task({ ...setting, model: resnet(20), optimizer: optimizer(0.1), epochs: quick ? 1 : 12, seed }).train()
  const student = task({ ...setting, model: resnet(8), optimizer: optimizer(0.05), epochs: quick ? 1 : 10, seed }).init()
  const hints = fitnet({ student: 'stage3_block1_conv2', teacher: 'stage3_block3_conv2', kl: 1 })
  const maps = {
    student: ['stage1_block1_conv2', 'stage2_block1_conv2', 'stage3_block1_conv2'],
    teacher: ['stage1_block3_conv2', 'stage2_block3_conv2', 'stage3_block3_conv2'],
  } as const
  return compare({
    teacher,
    ...simkdTable({ student, teacher, maps, dkd: { beta: 2, warmup: 1 } }),
    fitnet: student.distill(teacher, hints),
  })
})
