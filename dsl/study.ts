import type { Arch } from './arch.ts'
import { here } from './at.ts'
import { callable, inRange, plain, problem, ranges, shown } from './checks.ts'
import { isPipeline, isStudy, type StudyExpr, target } from './expr.ts'
import type { Pipeline, Weights } from './pipeline.ts'

/** A labelled family of pipelines. Studies nest; what their pipelines share is computed once. */
export interface Study {
  readonly [target]: 'study'
  readonly node: StudyExpr
}

/** What can be run. */
export type Runnable = Pipeline<Arch, Weights, never, never> | Study

/** Pipelines or studies side by side, each under its name: `compare({ dense, pruned })`. */
export const compare = (arms: { readonly [label: string]: Runnable }): Study => {
  plain('compare()', arms)
  return study('compare', Object.entries(arms ?? {}))
}

/**
 * The same study once for each seed; results are given as mean ± standard deviation over them.
 * @param which how many (0, 1, …), or which ones
 */
export const seeds = (which: number | readonly number[], build: (seed: number) => Runnable): Study => {
  const all: readonly number[] =
    typeof which === 'object' ? which : Array.from({ length: inRange('seeds()', 'seeds', which, ranges.count) }, (_, seed) => seed)
  for (const seed of all) inRange('seeds()', 'seed', seed, ranges.seed)
  callable('seeds()', build, 'seeds(3, (seed) => train({ seed }))')
  if (new Set(all).size !== all.length) {
    throw problem(
      'seeds() was given a seed twice, which would count one result as two.',
      [
        ['verb', 'seeds()'],
        ['value', shown(all)],
      ],
      'Name each seed once.',
    )
  }
  return study(
    'seeds',
    all.map((seed) => [String(seed), build(seed)]),
  )
}

const study = (verb: StudyExpr['verb'], arms: readonly (readonly [label: string, of: unknown])[]): Study => {
  if (arms.length === 0) {
    throw problem(
      `${verb}() has nothing to run.`,
      [['verb', `${verb}()`]],
      verb === 'seeds' ? 'Name at least one seed.' : 'Name at least one pipeline.',
    )
  }
  const at = here()
  const node: StudyExpr = {
    verb,
    arms: arms.map(([label, of]) => {
      if (isPipeline(of) || isStudy(of)) return { label, of: of.node }
      throw problem(
        `${verb}() takes pipelines and studies.`,
        [
          ['verb', `${verb}()`],
          ['arm', label],
          ['value', shown(of)],
        ],
        'For example train().prune(0.9).finetune().',
      )
    }),
    ...(at === undefined ? {} : { at }),
  }
  return Object.freeze<Study>({ [target]: 'study', node: Object.freeze(node) })
}
