/**
 * The messages about invalid orders and values, each written once for the types (as a literal) and for the checks at run time. A message is
 * a title and a hint; the compiler shows both in one line.
 */

/** Puts a sentence into a compiler message. Every object is a `Because<…>`, so it does not change what is allowed. */
export interface Because<_Sentence extends string> {
  toString(): string
}

/** A type without values, so that the compiler shows the sentence. */
export interface Illegal<Sentence extends string> {
  readonly why: Sentence
}

export const why = {
  finetune: {
    title: 'finetune() continues from trained weights, but nothing has been trained yet.',
    hint: 'Use train() first.',
  },
  reinit: {
    title: 'reinit() replaces trained weights, but these were never trained.',
    hint: 'Use train() first, or init({ seed }) for other initial weights.',
  },
  interpolate: {
    title: 'interpolate() needs two TRAINED networks with the SAME architecture and the same kind of mask.',
    hint: 'Give it two pipelines of one task, both pruned or neither, that end in train(), finetune() or distill().',
  },
  distill: {
    title: 'distill() learns from a TRAINED teacher that predicts the SAME classes as the student.',
    hint: 'Give it a pipeline that ends in train(), finetune() or distill().',
  },
  dense: {
    title: 'dense() lifts a mask of single weights, but there is none.',
    hint: 'Use prune() first.',
  },
  shrink: {
    title: 'shrink() removes whole channels, so it needs a structured mask.',
    hint: 'Prune with filterL1(), filterL2() or slimming() first.',
  },
  recalibrate: {
    title: 'recalibrate() recomputes the running statistics of batch norm, and this network has none.',
    hint: 'Leave it out, or give task() a model with batch norm.',
  },
  mergeMembers: {
    title: 'mergeMembers() merges the members of a trained batchEnsemble() model, and this is not one.',
    hint: 'Give task() a batchEnsemble(…) model, and train it.',
  },
  export: {
    title: 'export() writes a finished network, but nothing has been trained since the weights were last reset.',
    hint: 'Use train() first.',
  },
  ensemble: {
    title: 'ensemble() takes TRAINED networks.',
    hint: 'End each member in train(), finetune() or distill().',
  },
  repeat: {
    title: 'Each round of repeat() must preserve the facts it was given: trained weights stay trained, masks and snapshots stay.',
    hint: 'End the round with train() or distill() after a rewind() or reinit().',
  },
  classes: {
    title: 'The data must have as many classes as the model predicts.',
    hint: 'Choose a model and data that fit.',
  },
  sparsity: {
    title: 'A sparsity is the fraction removed, from 0 up to but not including 1.',
    hint: 'Write 0.9 for 90 %.',
  },
} as const

export type Why<S extends keyof typeof why> = `${(typeof why)[S]['title']} ${(typeof why)[S]['hint']}`

const rewindNeeds = "rewind() needs trained weights and a snapshot called '"
const rewindHint = 'train({ keep: … }) and snapshot() make snapshots; those from before shrink() no longer fit.'

export const whyRewind = (name: string) => ({ title: `${rewindNeeds}${name}'.`, hint: rewindHint })
export type WhyRewind<Name extends string> = `${typeof rewindNeeds}${Name}'. ${typeof rewindHint}`
