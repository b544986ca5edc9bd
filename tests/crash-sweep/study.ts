/** The sweep's plan: 30 stages of training, pruning, rewinding, distilling, on digits, a few seconds of work. */
/** @param epochs of each training @param sparsities seven stages and four measurements each */
export const study = (epochs: number, sparsities: readonly number[] = [0.8, 0.9]): string => `
import { adam, compare, digits, lenet300, sweep, task } from 'espalier'

const of = (lr, seed) => task({ model: lenet300(), data: digits(), optimizer: adam({ lr }), epochs: ${epochs}, seed })
const { train } = of(1.2e-3, 0)
const teacher = of(1e-3, 100).train()
const dense = train({ keep: { early: 1 } })

export default compare({
  dense,
  longer: dense.finetune({ epochs: 1 }),
  teacher,
  arms: sweep({ sparsity: ${JSON.stringify(sparsities)} }, ({ sparsity }) => {
    const pruned = dense.prune(sparsity)
    return compare({
      finetuned: pruned.finetune({ epochs: 1 }),
      ticket: pruned.rewind().train(),
      late: pruned.rewind('early').train(),
      hybrid: pruned.rewind().distill(teacher),
    })
  }),
})
`
