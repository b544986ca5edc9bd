import { here } from '../check/at.ts'
import { unlikeJson } from '../check/canonical.ts'
import { callable, inRange, oneOf, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import { target } from '../check/target.ts'
import { type Because, type Why, why } from '../check/why.ts'
import { type EnsembleExpr, type Expr, isPipeline, isRunnable, type StudyExpr } from '../graph/expr.ts'
import type { Arch, Model } from '../parts/arch.ts'
import { factsOf, remember, type Weights } from '../verbs/facts.ts'
import { refuseOtherMeaning } from '../verbs/meaning.ts'
import { refuseMany } from './limits.ts'
import type { Artifact, Pipeline, Predictor } from './pipeline.ts'
import type { Task } from './task.ts'

/** A labelled family of pipelines. Studies nest, and their pipelines share stages. */
export interface Study {
  readonly [target]: 'study'
  readonly node: StudyExpr
}

/** Trained networks whose predictions are averaged. As a teacher, every member is a teacher. */
export interface Ensemble<out A extends Arch, out N extends number> extends Predictor<A, 'trained', N> {
  readonly [target]: 'ensemble'
  readonly node: EnsembleExpr
}

/** Everything that `espalier run` accepts. */
export type Runnable = Pipeline<Arch, Weights, never, never> | Ensemble<Arch, number> | Artifact | Study

/**
 * Pipelines or studies side by side, each under its name: `compare({ dense, pruned }, { baseline: 'dense' })`.
 * @param options `baseline`: the arm that the others are compared with, seed by seed; default: the arm called dense, otherwise the first
 */
export const compare = <A extends { readonly [label: string]: Runnable }>(
  arms: A,
  options?: { readonly baseline?: keyof A & string },
): Study => {
  const verb = 'compare()'
  // Its members are treated as arms.
  if (typeof arms === 'function' || unlikeJson(arms, []) !== undefined) plain(verb, arms)
  const all = Object.entries<Runnable>(arms ?? {})
  const { baseline } = optionsOf(verb, options, ['baseline'])
  if (baseline === undefined || all.length === 0) return study(verb, 'arm', all)
  return study(
    verb,
    'arm',
    all,
    oneOf(
      verb,
      'baseline',
      baseline,
      all.map(([label]) => label),
    ),
  )
}

/**
 * The same study for each seed. Results are mean ± standard deviation over the seeds.
 * @param which how many (0, 1, …), or which ones
 */
export const seeds = (which: number | readonly number[], build: (seed: number) => Runnable): Study => {
  const all: readonly number[] =
    typeof which === 'object' ? which : Array.from({ length: inRange('seeds()', 'seeds', which, ranges.count) }, (_, seed) => seed)
  for (const seed of all) inRange('seeds()', 'seed', seed, ranges.seed)
  refuseMany(all.length, here())
  callable('seeds()', build, 'seeds(3, (seed) => train({ seed }))')
  if (new Set(all).size !== all.length) {
    throw problem(
      'seeds() was given a seed twice, which would count one result as two.',
      { verb: 'seeds()', value: shown(all) },
      'Name each seed once.',
    )
  }
  return study(
    'seeds()',
    'seed',
    all.map((seed) => [String(seed), build(seed)]),
  )
}

/** The values of an axis: numbers, words or booleans, which are their own labels, or an object of labelled values. */
export type Axis = readonly (number | string | boolean)[] | { readonly [label: string]: unknown }

type ValueOf<X extends Axis> = X extends readonly (infer V)[] ? V : Together<X[keyof X]>

/** A union of several tasks, networks or pipelines offers only their common members, because a union of functions cannot be called. */
type Together<V> = [V] extends [Task<infer A>]
  ? Task<A>
  : [V] extends [Model<infer A>]
    ? Model<A>
    : [V] extends [Pipeline<infer A, infer W, infer M, infer K>]
      ? Pipeline<A, W, M, K>
      : V

/**
 * A pipeline or study for every combination of values: `sweep({ sparsity: [0.5, 0.9], seed: [0, 1] }, ({ sparsity, seed }) => …)`. Over an
 * axis called `seed`, results are mean ± standard deviation.
 */
export const sweep = <const S extends { readonly [axis: string]: Axis }>(
  axes: S,
  build: (at: { readonly [X in keyof S]: ValueOf<S[X]> }) => Runnable,
): Study => {
  const verb = 'sweep()'
  callable(verb, build, 'sweep({ sparsity: [0.5, 0.9] }, ({ sparsity }) => train().prune(sparsity))')
  const named = Object.entries<Axis>(axes ?? {}).map(([axis, values]) => [axis, labelled(axis, values)] as const)
  if (named.length === 0) throw problem(`${verb} has no axis.`, { verb }, 'For example sweep({ sparsity: [0.5, 0.9] }, …).')
  refuseMany(
    named.reduce((product, [, values]) => product * values.length, 1),
    here(),
  )
  const nested = (rest: typeof named, at: object): unknown => {
    const [first, ...others] = rest
    // Every axis has its value.
    if (first === undefined) return build(at as never)
    const [axis, values] = first
    return study(
      verb,
      axis,
      values.map(([label, value]) => [label, nested(others, { ...at, [axis]: value })]),
    )
  }
  return nested(named, {}) as Study
}

/** @throws PipelineProblem for an axis without values, or with a repeated value */
const labelled = (axis: string, values: Axis): readonly (readonly [label: string, value: unknown])[] => {
  const all = Array.isArray(values) ? values.map((value: unknown) => [String(value), value] as const) : Object.entries(values ?? {})
  const wrong = all.length === 0 || new Set(all.map(([label]) => label)).size !== all.length || !/^[A-Za-z_]\w*$/.test(axis)
  if (!wrong) return all
  throw problem(
    'An axis of sweep() is a name with different values.',
    { verb: 'sweep()', axis, value: shown(values) },
    'For example sparsity: [0.5, 0.9], or method: { kd: kd(), hints: fitnet(…) }.',
  )
}

/** Several networks, trained with the seeds 0, 1, …, that predict or teach together. */
export const ensemble = <A extends Arch, N extends number>(
  members: N,
  build: (seed: number) => Because<Why<'ensemble'>> & Predictor<A, 'trained', 1>,
): Ensemble<A, N> => {
  const verb = 'ensemble()'
  const count = inRange(verb, 'members', members, ranges.members)
  callable(verb, build, 'ensemble(4, (seed) => train({ seed }))')
  const all = Array.from({ length: count }, (_, seed): unknown => build(seed))
  const nodes = all.map((member, seed) => {
    const facts = factsOf(member)
    if (isPipeline(member) && facts?.weights === 'trained') {
      if (seed > 0) refuseOtherMeaning(verb, { 'member 0': factsOf(all[0])!.setting, [`member ${seed}`]: facts.setting })
      return member.node
    }
    throw problem(
      why.ensemble.title,
      { verb, value: facts === undefined ? shown(member) : `a pipeline with ${facts.weights} weights` },
      why.ensemble.hint,
    )
  })
  const node = located<EnsembleExpr>({ kind: 'ensemble', members: nodes })
  const made = Object.freeze({ [target]: 'ensemble' as const, node })
  remember(made, factsOf(all[0])!)
  // What it predicts exists in its type only.
  return made as unknown as Ensemble<A, N>
}

const study = (verb: string, axis: string, arms: readonly (readonly [label: string, of: unknown])[], baseline?: string): Study => {
  if (arms.length === 0) {
    throw problem(`${verb} has nothing to run.`, { verb }, axis === 'seed' ? 'Name at least one seed.' : 'Name at least one pipeline.')
  }
  const nodes = arms.map(([label, of]) => {
    if (isRunnable(of)) return { label, of: of.node, ...(label === baseline ? { baseline: true as const } : {}) }
    throw problem(
      `${verb} takes pipelines and studies.`,
      { verb, [axis]: label, value: shown(of) },
      'For example train().prune(0.9).finetune().',
    )
  })
  return Object.freeze<Study>({ [target]: 'study', node: located<StudyExpr>({ kind: 'study', axis, arms: nodes }) })
}

const located = <E extends Expr>(node: E): E => {
  const at = here()
  return Object.freeze(at === undefined ? node : { ...node, at })
}
