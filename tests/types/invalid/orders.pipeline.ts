// Orders that make no sense. Each `//!` is the sentence that the compiler shows for the line under it;
// run without types, the same line is refused with the same sentence.
import { cubic, ensemble, filterL1, task } from 'espalier'
import { big, conv, hundred, many, optimizer, other, small } from '../networks.ts'

const { init, train, pretrained } = small
const kept = big.train({ keep: { early: 2 } })
const sparse = train().prune(0.5).finetune()

export const orders = [
  //! finetune() continues from trained weights, but nothing has been trained yet. Use train() first.
  () => init().finetune(),
  //! finetune() continues from trained weights, but nothing has been trained yet. Use train() first.
  () => init().prune(0.9).finetune(),
  //! finetune() continues from trained weights, but nothing has been trained yet. Use train() first.
  () => train().prune(0.9).rewind().finetune(),
  //! finetune() continues from trained weights, but nothing has been trained yet. Use train() first.
  () => train().prune(0.9).reinit().evaluate().finetune(),
  //! rewind() needs trained weights and a snapshot called 'init'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => init().prune(0.9).rewind(),
  //! rewind() needs trained weights and a snapshot called 'init'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => train().rewind().rewind(),
  //! rewind() needs trained weights and a snapshot called 'init'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => pretrained({ from: 'a.safetensors' }).prune(0.9).rewind(),
  //! rewind() needs trained weights and a snapshot called 'early'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => train().prune(0.9).rewind('early').train(),
  //! rewind() needs trained weights and a snapshot called 'late'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => train({ keep: { early: 2 } }).rewind('late'),
  //! rewind() needs trained weights and a snapshot called 'sparse'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => train().rewind('sparse').snapshot('sparse'),
  //! interpolate() needs two TRAINED networks with the SAME architecture and the same kind of mask. Give it two pipelines of one task, both pruned or neither, that end in train(), finetune() or distill().
  () => init().interpolate(train(), 0.5),
  //! interpolate() needs two TRAINED networks with the SAME architecture and the same kind of mask. Give it two pipelines of one task, both pruned or neither, that end in train(), finetune() or distill().
  () => train().interpolate(init(), 0.5),
  //! reinit() replaces trained weights, but these were never trained. Use train() first, or init({ seed }) for other initial weights.
  () => init().reinit(),
  //! reinit() replaces trained weights, but these were never trained. Use train() first, or init({ seed }) for other initial weights.
  () => train().rewind().reinit(3),
  //! distill() learns from a TRAINED teacher that predicts the SAME classes as the student. Give it a pipeline that ends in train(), finetune() or distill().
  () => train().distill(init()),
  //! distill() learns from a TRAINED teacher that predicts the SAME classes as the student. Give it a pipeline that ends in train(), finetune() or distill().
  () => train().distill(big.train().prune(0.5).rewind()),
  //! distill() learns from a TRAINED teacher that predicts the SAME classes as the student. Give it a pipeline that ends in train(), finetune() or distill().
  () => train().prune(0.9).rewind().distill(other.train()),
  //! Each round of repeat() must preserve the facts it was given: trained weights stay trained, masks and snapshots stay. End the round with train() or distill() after a rewind() or reinit().
  () => train().repeat(5, (p) => p.prune(0.2).rewind()),
  //! Each round of repeat() must preserve the facts it was given: trained weights stay trained, masks and snapshots stay. End the round with train() or distill() after a rewind() or reinit().
  () => train().repeat(2, (p) => p.prune(0.2).reinit()),
  //! The data must have as many classes as the model predicts. Choose a model and data that fit.
  () => task({ model: conv(10), data: hundred, optimizer, epochs: 1 }),
  //! A sparsity is the fraction removed, from 0 up to but not including 1. Write 0.9 for 90 %.
  () => train().prune(90),
  //! A sparsity is the fraction removed, from 0 up to but not including 1. Write 0.9 for 90 %.
  () => train().prune(1),
  //! A sparsity is the fraction removed, from 0 up to but not including 1. Write 0.9 for 90 %.
  () => train().prune(-0.5),
  //! finetune() continues from trained weights, but nothing has been trained yet. Use train() first.
  () => init().prune(0.9, { schedule: cubic() }).rewind().finetune(),
  //! rewind() needs trained weights and a snapshot called 'init'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => big.train().prune(filterL1(0.5)).shrink().rewind(),
  //! rewind() needs trained weights and a snapshot called 'init'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => big.train().prune(filterL1(0.5)).shrink().finetune().rewind({ epoch: 2 }),
  //! rewind() needs trained weights and a snapshot called 'init'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => init().rewind({ step: 100 }),
  //! rewind() needs trained weights and a snapshot called 'early'. train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.
  () => kept.prune(filterL1(0.5)).shrink().finetune().rewind('early'),
  //! dense() lifts a mask of single weights, but there is none. Use prune() first.
  () => train().dense(),
  //! dense() lifts a mask of single weights, but there is none. Use prune() first.
  () => train().prune(0.5).finetune().dense().finetune().dense(),
  //! dense() lifts a mask of single weights, but there is none. Use prune() first.
  () => big.train().prune(filterL1(0.5)).dense(),
  //! shrink() removes whole channels, so it needs a structured mask. Prune with filterL1(), filterL2() or slimming() first.
  () => train().shrink(),
  //! shrink() removes whole channels, so it needs a structured mask. Prune with filterL1(), filterL2() or slimming() first.
  () => train().prune(0.9).shrink(),
  //! shrink() removes whole channels, so it needs a structured mask. Prune with filterL1(), filterL2() or slimming() first.
  () => big.train().prune(filterL1(0.5)).shrink().shrink(),
  //! recalibrate() recomputes the running statistics of batch norm, and this network has none. Leave it out, or give task() a model with batch norm.
  () => train().recalibrate(),
  //! mergeMembers() merges the members of a trained batchEnsemble() model, and this is not one. Give task() a batchEnsemble(…) model, and train it.
  () => big.train().mergeMembers(),
  //! mergeMembers() merges the members of a trained batchEnsemble() model, and this is not one. Give task() a batchEnsemble(…) model, and train it.
  () => many.init().mergeMembers(),
  //! mergeMembers() merges the members of a trained batchEnsemble() model, and this is not one. Give task() a batchEnsemble(…) model, and train it.
  () => many.train().mergeMembers().mergeMembers(),
  //! export() writes a finished network, but nothing has been trained since the weights were last reset. Use train() first.
  () => init().export({ format: 'safetensors', path: 'a.safetensors' }),
  //! export() writes a finished network, but nothing has been trained since the weights were last reset. Use train() first.
  () => train().prune(0.9).rewind().export({ format: 'tfjs', path: 'a' }),
  //! ensemble() takes TRAINED networks. End each member in train(), finetune() or distill().
  () => ensemble(3, (seed) => init({ seed })),
  //! ensemble() takes TRAINED networks. End each member in train(), finetune() or distill().
  () => ensemble(3, (seed) => train({ seed }).prune(0.5).rewind()),
  //! reinit() replaces trained weights, but these were never trained. Use train() first, or init({ seed }) for other initial weights.
  () => init().prune(0.9).reinit({ shuffleMask: true }),
  //! Each round of repeat() must preserve the facts it was given: trained weights stay trained, masks and snapshots stay. End the round with train() or distill() after a rewind() or reinit().
  () => sparse.repeat(2, (p) => p.prune(0.2).finetune().dense().finetune()),
  //! Each round of repeat() must preserve the facts it was given: trained weights stay trained, masks and snapshots stay. End the round with train() or distill() after a rewind() or reinit().
  () => big.train().repeat(2, (p) => p.prune(filterL1(0.2)).shrink().finetune()),
  //! distill() learns from a TRAINED teacher that predicts the SAME classes as the student. Give it a pipeline that ends in train(), finetune() or distill().
  () => train().distill(ensemble(2, (seed) => other.train({ seed }))),
  //! A sparsity is the fraction removed, from 0 up to but not including 1. Write 0.9 for 90 %.
  () => init().dpf(90),
  //! A sparsity is the fraction removed, from 0 up to but not including 1. Write 0.9 for 90 %.
  () => train().prune(95, { schedule: cubic() }),
]
