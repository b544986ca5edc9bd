/**
 * An ensemble of four in one network. LeNet-300-100 on 10,000 pieces of clothing, batch 64; teachers with SGD and Nesterov momentum, 0.05
 * along a cosine, weight decay 5e-4, 20 epochs; students the same at 0.05/τ, α 1, τ 4, perturbed by steps of 8/255.
 */
import { batchEnsemble, compare, cosine, deepEnsemble, f10k, latentBEArms, lenet300, params, seeds, sgd, task } from 'espalier'

const { quick } = params({ quick: false })
const members = 4
const temperature = 4
const [data, epochs] = [f10k(), quick ? 1 : 20]
const momentum = (lr: number) => sgd({ lr: cosine(lr), nesterov: true, weightDecay: 5e-4 })

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({ model: lenet300(), data, optimizer: momentum(0.05), epochs, batch: 64 })
  const teachers = deepEnsemble(members, (member) => train({ seed: members * seed + member }))
  const student = { data, optimizer: momentum(0.05 / temperature), epochs, batch: 64, seed }
  const { init } = task({ ...student, model: lenet300() })
  const many = task({ ...student, model: batchEnsemble(lenet300(), members) })
  return compare({
    teacher: train({ seed: members * seed }),
    ...latentBEArms({
      teachers,
      student: init(),
      latent: (method) => many.init().distill(teachers, method).mergeMembers(),
      temperature,
      step: 8 / 255,
      perturbations: ['tdivSdiv', 'gaussian'],
    }),
  })
})
