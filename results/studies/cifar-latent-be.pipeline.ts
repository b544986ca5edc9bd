/**
 * An ensemble of four in one network, on the first 10,000 images of CIFAR-10: ResNet-8, teachers with SGD and Nesterov momentum, 0.1 along a
 * cosine, weight decay 5e-4, 8 epochs; students the same at 0.1/τ, α 1, τ 4, perturbed by the paper's steps of 1/255. Batch 128, crops and flips.
 */
import {
  batchEnsemble,
  cifar10,
  compare,
  cosine,
  deepEnsemble,
  flip,
  latentBEArms,
  padCrop,
  params,
  resnet,
  seeds,
  sgd,
  task,
} from 'espalier'

const { quick } = params({ quick: false })
const members = 4
const temperature = 4
const setting = {
  data: cifar10({ train: quick ? 1_000 : 10_000 }),
  augment: [padCrop(4), flip()],
  epochs: quick ? 1 : 8,
  batch: 128,
}
const momentum = (lr: number) => sgd({ lr: cosine(lr), nesterov: true, weightDecay: 5e-4 })

export default seeds(quick ? 1 : 3, (seed) => {
  const { train } = task({ ...setting, model: resnet(8), optimizer: momentum(0.1) })
  const teachers = deepEnsemble(members, (member) => train({ seed: members * seed + member }))
  const student = { ...setting, optimizer: momentum(0.1 / temperature), seed }
  const { init } = task({ ...student, model: resnet(8) })
  const many = task({ ...student, model: batchEnsemble(resnet(8), members) })
  return compare({
    teacher: train({ seed: members * seed }),
    ...latentBEArms({
      teachers,
      student: init(),
      latent: (method) => many.init().distill(teachers, method).mergeMembers(),
      temperature,
      perturbations: ['tdivSdiv', 'gaussian'],
    }),
  })
})
