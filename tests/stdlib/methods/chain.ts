/** What a pipeline compiles to, in order, as short words. */

import type { Graph, Stage } from '../../../dsl/graph/stage.ts'
import { type Arch, adam, compare, cosine, type Pipeline, type Runnable, sgd, step, task, type Weights } from '../../../dsl/index.ts'
import { compile } from '../../../dsl/language/compile.ts'
import { conv, dots, members, tiny } from '../../dsl/tiny.ts'

/** Rates that are easy to tell: the peak is 0.1. */
export const small = task({ model: tiny(), data: dots(), optimizer: sgd({ lr: step(0.1) }), epochs: 20 })
export const big = task({ model: conv(), data: dots(), optimizer: sgd({ lr: step(0.1) }), epochs: 20 })
export const many = task({ model: members(4), data: dots(), optimizer: adam({ lr: cosine(0.1) }), epochs: 20 })

type Any = Pipeline<Arch, Weights, never, never>

/** Stages of an arm from its first weights on, following what each one changes. */
export const chainOf = (pipeline: Any): readonly Stage[] => {
  const { stages, targets } = compile({ default: pipeline })
  return along(stages, targets[0]!.arms[0]!.model)
}

const along = (stages: Graph['stages'], last: string): readonly Stage[] => {
  const chain: Stage[] = []
  for (let id: string | undefined = last; id !== undefined; ) {
    const stage: Stage = stages.find((one) => one.id === id)!
    chain.unshift(stage)
    id = 'model' in stage.inputs ? stage.inputs.model?.stage : undefined
  }
  return chain
}

/** `init train:20@0.1 prune:0.5 rewind train:20@0.1`: epochs and peak rate of trainings, sparsity of pruning. */
export const says = (pipeline: Any): string => chainOf(pipeline).map(word).join(' ')

const word = (stage: Stage): string => {
  switch (stage.kind) {
    case 'train':
    case 'distill': {
      const { optimizer, epochs, from, pruning } = stage.options
      const { lr } = optimizer
      const rate = lr.kind === 'constant' ? `${lr.lr}` : `${lr.kind} ${'lr' in lr ? lr.lr : ''}`
      const how = stage.kind === 'distill' ? stage.options.method.kind : pruning === undefined ? 'train' : pruning.mode
      return `${how}:${from === 0 ? '' : `${from}–`}${epochs}@${rate}`
    }
    case 'prune':
      return `prune:${Number((stage.options.sparsity as number).toFixed(4))}`
    case 'reinit':
      return [
        'reinit',
        ...('signs' in stage.inputs ? ['signed'] : []),
        ...(stage.options.shuffleMask ? ['shuffled'] : []),
        ...(stage.options.weights ? ['kept'] : []),
      ].join('+')
    default:
      return stage.kind
  }
}

/** Each arm in words; of one that is a study, all that it runs. */
export const armsOf = (arms: { readonly [label: string]: Runnable }): { readonly [label: string]: string } =>
  Object.fromEntries(
    Object.entries(arms).map(([label, arm]) => {
      const { stages, targets } = compile({ default: arm })
      return [label, targets[0]!.arms.map(({ model }) => along(stages, model).map(word).join(' ')).join(' | ')]
    }),
  )

/** Distinct stages of all arms together. */
export const shared = (arms: { readonly [label: string]: Runnable }): number => compile({ default: compare(arms) }).stages.length

type OptionsOf = { readonly [S in Stage as S['kind']]: S['options'] }

/** Of the arm's last stage of a kind. */
export const optionsOf = <K extends Stage['kind']>(pipeline: Any, kind: K): OptionsOf[K] =>
  // The stage found is of this kind.
  chainOf(pipeline).findLast((stage) => stage.kind === kind)!.options as OptionsOf[K]
