/**
 * SimKD (Chen et al., 2022): a student that learns its teacher's last feature map and takes over the classifier, beside plain
 * distillation, labels alone, and the same larger network (student with projector) taught by labels.
 *
 * `--set scale=paper`: ResNet-32x4 teaches ResNet-8x4 on all 50,000 training images of CIFAR-100 for 240 epochs. What is called validation
 * there is read off the test images; nothing is chosen by it.
 */
import {
  type Arch,
  adam,
  bnConv,
  cifar100,
  compare,
  cosine,
  digits,
  flip,
  type HasFeatureMap,
  padCrop,
  params,
  resnet8x4,
  resnet32x4,
  seeds,
  sgd,
  simkdArms,
  step,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })

const study = <S extends Arch & HasFeatureMap, T extends Arch & HasFeatureMap & { readonly classes: S['classes'] }>(
  trials: number,
  { student, teacher }: { readonly student: TaskOptions<S>; readonly teacher: TaskOptions<T> },
) =>
  seeds(trials, (seed) => {
    const taught = task({ ...teacher, seed }).train()
    return compare({ teacher: taught, ...simkdArms({ student: task({ ...student, seed }).init(), teacher: taught }) })
  })

const paper = () => {
  const optimizer = sgd({ lr: step(0.05, { at: { epochs: [150, 180, 210] } }), weightDecay: 5e-4 })
  const shared = { data: cifar100({ validation: 'test' }), augment: [padCrop(4), flip()], optimizer, epochs: 240, batch: 64 }
  return study(3, {
    student: { ...shared, model: resnet8x4({ classes: 100 }) },
    teacher: { ...shared, model: resnet32x4({ classes: 100 }) },
  })
}

const demo = (epochs: number, trials: number) =>
  study(trials, {
    student: { model: bnConv([4, 8, 8]), data: digits(), optimizer: adam({ lr: cosine(3e-3) }), epochs },
    teacher: { model: bnConv([8, 16, 32, 32]), data: digits(), optimizer: sgd({ lr: step(0.05) }), epochs },
  })

export default scale === 'paper' ? paper() : scale === 'demo' ? demo(8, 2) : demo(1, 1)
