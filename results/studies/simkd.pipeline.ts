/**
 * SimKD and its control, the student with SimKD's projector taught by labels. 10,000 pieces of clothing, batch 64; the teacher has five
 * convolutions (SGD 0.05 in steps, 15 epochs), the student three (Adam 3e-3 along a cosine, 20 epochs), r = 2.
 */
import { adam, bnConv, compare, cosine, f10k, params, seeds, sgd, simkdArms, step, task } from 'espalier'

const { quick } = params({ quick: false })
const data = f10k()

export default seeds(quick ? 1 : 5, (seed) => {
  const teacher = task({
    model: bnConv([16, 32, 64, 64, 64]),
    data,
    optimizer: sgd({ lr: step(0.05) }),
    epochs: quick ? 1 : 15,
    batch: 64,
    seed,
  }).train()
  const small = task({ model: bnConv([8, 16, 16]), data, optimizer: adam({ lr: cosine(3e-3) }), epochs: quick ? 1 : 20, batch: 64, seed })
  return compare({ teacher, ...simkdArms({ student: small.init(), teacher }) })
})
