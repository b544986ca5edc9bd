/**
 * LatentBE (Nam et al., 2022): an ensemble of four taught into one network, each member by a teacher of its own, on images moved to where
 * the teachers differ; then merged. Beside it plain distillation of the ensemble, and the teachers together.
 *
 * `--set scale=paper`: WRN-28-4 on CIFAR-100, 45,000 images for training, 200 epochs, of which the best by validation counts.
 */
import {
  batchEnsemble,
  cifar100,
  compare,
  cosine,
  type Distiller,
  deepEnsemble,
  digits,
  flip,
  latentBEArms,
  lenet300,
  type OneTeacherPerMember,
  padCrop,
  params,
  seeds,
  sgd,
  task,
  warmup,
  wrn,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const [members, temperature] = [4, 4] as const

const paper = () => {
  const setting = {
    data: cifar100(),
    augment: [padCrop(4), flip()],
    optimizer: sgd({ lr: warmup(5, cosine(0.1)), nesterov: true, weightDecay: 5e-4 }),
    epochs: 200,
    batch: 128,
    select: 'validation/accuracy' as const,
  }
  const model = wrn(28, 4, { classes: 100 })
  return seeds(4, (seed) => {
    const { init, train } = task({ ...setting, model, seed })
    const many = task({ ...setting, model: batchEnsemble(model, members), seed })
    const teachers = deepEnsemble(members, (member) => train({ seed: members * seed + member }))
    const latent = (method: Distiller<OneTeacherPerMember, unknown>) => many.init().distill(teachers, method).mergeMembers()
    return compare(latentBEArms({ teachers, student: init(), latent, temperature, perturbations: ['tdivSdiv', 'gaussian'] }))
  })
}

const demo = (epochs: number, trials: number) => {
  const momentum = (lr: number) => sgd({ lr: cosine(lr), nesterov: true, weightDecay: 5e-4 })
  // τ² makes distillation's gradient about τ times as long: students learn at the rate / τ.
  const student = { data: digits(), optimizer: momentum(0.05 / temperature), epochs }
  return seeds(trials, (seed) => {
    const { train } = task({ model: lenet300(), data: digits(), optimizer: momentum(0.05), epochs })
    const teachers = deepEnsemble(members, (member) => train({ seed: members * seed + member }))
    const many = task({ ...student, model: batchEnsemble(lenet300(), members), seed })
    return compare(
      latentBEArms({
        teachers,
        student: task({ ...student, model: lenet300(), seed }).init(),
        latent: (method) => many.init().distill(teachers, method).mergeMembers(),
        temperature,
        // Steps of 1/255 are too short to see on digits.
        step: 8 / 255,
      }),
    )
  })
}

export default scale === 'paper' ? paper() : scale === 'demo' ? demo(5, 1) : demo(1, 1)
