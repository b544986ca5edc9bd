/** Custom stages. The expression contains references to user functions, identified by fingerprint. */

import type { Json } from '../check/canonical.ts'
import { jsonOf, problem, shown } from '../check/checks.ts'
import type { FunctionRef } from '../check/function-reference.ts'
import { referenceIn, referenceToFunction } from '../check/function-reference.ts'
import { isPipeline } from '../graph/expr.ts'
import { type CustomOptions, kinds } from '../graph/stage-options.ts'
import type { Arch } from '../parts/arch.ts'
import type { Mask } from '../parts/pruner.ts'
import type { Weights } from '../verbs/facts.ts'
import type { Pipeline } from './pipeline.ts'

type Options = { readonly [name: string]: Json }

/** A network as a custom stage receives it. */
export interface StageNetwork {
  /** By `layer/weight`, e.g. `fc1/kernel`, row-major. */
  readonly weights: ReadonlyMap<string, Float32Array>
  /** Under the same names, e.g. [784, 300]. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** 1 where a weight is alive. A kernel without a mask is dense. */
  readonly masks: ReadonlyMap<string, Uint8Array>
}

/** Maps weights to changed weights. Weights that are not returned stay as they are; masked weights stay zero. */
export type StageFunction<O extends Options> = (network: StageNetwork, options: O) => ReadonlyMap<string, Float32Array>

/**
 * A custom stage, applied with `pipe`: `train().pipe(stage('round', roundWeights, { bits: 8 }))`. It changes weights, but no fact in the
 * pipeline's type. `name` starts its path; `options` are plain data and part of its key.
 */
export const stage = <const O extends Options = Record<never, never>>(name: string, fn: StageFunction<O>, options?: O) => {
  const verb = 'stage()'
  if (typeof name !== 'string' || !/^[A-Za-z][\w-]*$/.test(name)) {
    throw problem(
      'stage() needs a name for paths.',
      { verb, option: 'name', value: shown(name), allowed: 'letters, digits, _ and -' },
      "For example stage('round', fn).",
    )
  }
  const ref = referenceToFunction('stage', verb, fn, "stage('halve', ({ weights }) => weights)")
  const work: CustomOptions = { name, fn: ref, options: optionsOfStage(verb, options ?? {}) }
  return <A extends Arch, W extends Weights, M extends Mask, K extends string>(p: Pipeline<A, W, M, K>): Pipeline<A, W, M, K> => {
    if (!isPipeline(p)) throw problem('A stage is applied to a pipeline.', { value: shown(p) }, 'Write train().pipe(stage(…)).')
    return (p as unknown as { custom(options: CustomOptions): Pipeline<A, W, M, K> }).custom(work)
  }
}

const optionsOfStage = (verb: string, given: unknown): CustomOptions['options'] => {
  const options = jsonOf(verb, given)
  const wrong = kinds.custom.options.fields.options.misfit(options, 'options')
  // Rejects a list or a number; the values are JSON at this point.
  if (wrong !== undefined)
    throw problem(
      'The options of a stage are an object.',
      { verb, option: 'options', value: shown(given), allowed: wrong.says },
      'For example { bits: 8 }.',
    )
  const tagged = referenceIn(options)
  if (tagged === undefined) return options as CustomOptions['options'] // as its form says
  throw problem(
    "'$' marks references to functions.",
    { verb, option: '$', value: shown(tagged), allowed: 'another name' },
    'Call the member something else.',
  )
}

/** A description defined by a function. The options contain the reference, which `compile` turns into plain data. */
export const customSpec = (fn: FunctionRef, facts: Options) => ({
  name: 'custom',
  options: { fn: fn as unknown as Json, facts: facts as Json },
})
