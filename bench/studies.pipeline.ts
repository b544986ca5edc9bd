/** The studies that `npm run bench -- studies` times; `studies_peer.py` has the same arms in PyTorch. */
import { adam, compare, conv2, cosine, digits, dpf, imp, lenet300, params, seeds, sgd, sweep, task } from 'espalier'

/** At least 3 epochs: `grid` rewinds to the end of the second. */
const { epochs, trials } = params({ epochs: 4, trials: 3 })

/** The main study; `examples/hybrid.pipeline.ts` is a similar example. */
export const main = seeds(trials, (seed) => {
  const setting = { data: digits(), optimizer: adam({ lr: cosine(1.2e-3) }), batch: 64, seed }
  const { train } = task({ ...setting, model: lenet300(), epochs })
  const teacher = task({ ...setting, model: conv2(), epochs: Math.max(1, Math.round(0.4 * epochs)) }).train()
  return compare({
    dense: train(),
    teacher,
    pruneFinetune: train().prune(0.9).finetune(),
    ticket: train().prune(0.9).rewind().train(),
    reinit: train().prune(0.9).reinit().train(),
    hybrid: train().prune(0.9).rewind().distill(teacher),
  })
})

const plain = (seed: number) => task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs, batch: 64, seed })

/** Five sparsities, each retrained from three points. */
export const grid = seeds(trials, (seed) =>
  sweep({ sparsity: [0.5, 0.7, 0.8, 0.9, 0.95] }, ({ sparsity }) => {
    const pruned = plain(seed)
      .train({ keep: { one: 1, two: 2 } })
      .prune(sparsity)
    return compare({ start: pruned.rewind().train(), one: pruned.rewind('one').train(), two: pruned.rewind('two').train() })
  }),
)

/** Lottery tickets in four rounds. */
export const lottery = seeds(1, (seed) => {
  const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs, batch: 64, seed })
  const ticket = train().pipe(imp({ rounds: 4, perRound: 0.5 }))
  return compare({ dense: train(), ticket, reinit: ticket.reinit().train() })
})

/** Retraining after pruning. */
export const retraining = seeds(1, (seed) => {
  const { train } = plain(seed)
  const pruned = train().prune(0.9)
  return compare({
    dense: train(),
    finetune: pruned.finetune({ lr: { times: 0.1 } }),
    weightRewinding: pruned.rewind().train(),
    lrRewinding: pruned.finetune({ lr: 'rewind' }),
    reinit: pruned.reinit().train(),
  })
})

/** Pruned during training, and after it. */
export const feedback = seeds(1, (seed) => {
  const { init, train } = plain(seed)
  return compare({ dense: train(), dpf: init().pipe(dpf({ sparsity: 0.9, every: 4 })), oneShot: train().prune(0.9).finetune() })
})
