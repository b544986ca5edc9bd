/** The hybrid at the same recipe on 10,000 pieces of clothing, with a convolutional teacher and with a wide one. */
import { adam, compare, conv2, cosine, f10k, lenet300, params, seeds, task, wide } from 'espalier'

const { quick } = params({ quick: false })
const data = f10k()
const optimizer = adam({ lr: cosine(1.2e-3) })

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({ model: lenet300(), data, optimizer, epochs: quick ? 2 : 20, batch: 64, seed })
  const taughtBy = { data, optimizer, epochs: quick ? 1 : 8, batch: 64, seed }
  const convTeacher = task({ ...taughtBy, model: conv2() }).train()
  const wideTeacher = task({ ...taughtBy, model: wide() }).train()
  const pruned = train().prune(0.9)
  return compare({
    dense: train(),
    convTeacher,
    wideTeacher,
    pruneFinetune: pruned.finetune(),
    pruneRewind: pruned.rewind().train(),
    hybridConv: pruned.rewind().distill(convTeacher),
    hybridWide: pruned.rewind().distill(wideTeacher),
  })
})
