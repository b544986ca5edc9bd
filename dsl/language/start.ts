/** The start of pipelines: initial weights, or trained weights from a file. */
import type { PipelineExpr } from '../graph/expr.ts'
import type { PretrainedOptions } from '../graph/stage-options.ts'
import type { Arch } from '../parts/arch.ts'
import { beginning, type Facts, type Setting } from '../verbs/facts.ts'
import type { Pipeline } from './pipeline.ts'
import { called, located } from './value.ts'

const drawn = (setting: Setting, seed: number) => {
  const node: PipelineExpr = { kind: 'init', options: { model: setting.model, seed }, data: setting.data, measured: setting.measured }
  const facts: Facts = { setting, seed, weights: 'fresh', masks: new Set(), from: beginning, snapshots: new Map([['init', beginning]]) }
  return { node, facts }
}

/** The initial weights of a pipeline. */
export const start = <A extends Arch>(setting: Setting, seed: number): Pipeline<A, 'fresh', never, 'init'> => {
  const { node, facts } = drawn(setting, seed)
  // The four facts exist in the type only; the class has its own copy and checks the same orders.
  return located(node, facts) as unknown as Pipeline<A, 'fresh', never, 'init'>
}

/** Trained weights from a file. The initial weights that they replace are not a snapshot. */
export const startPretrained = <A extends Arch>(
  setting: Setting,
  seed: number,
  options: PretrainedOptions,
): Pipeline<A, 'trained', never, never> => {
  const { node, facts } = drawn(setting, seed)
  const loaded: PipelineExpr = { kind: 'pretrained', of: called(node, facts), options }
  // As above.
  return located(loaded, { ...facts, weights: 'trained', snapshots: new Map() }) as unknown as Pipeline<A, 'trained', never, never>
}
