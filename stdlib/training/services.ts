/** What a worker offers the stage that it runs. Making these takes longer than many a stage, so the worker keeps them. */

import type { FunctionRef, UserFunction } from '../../dsl/check/function-reference.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { Dataset, SplitName } from '../data/dataset.ts'
import type { Engine } from '../engine.ts'
import type { BoundNetwork } from './bound-network.ts'
import type { Evaluator } from './evaluator.ts'
import type { Examples } from './examples.ts'

export interface StageServices {
  engine(): Promise<Engine>
  dataset(data: DataSpec): Promise<Pick<Dataset, 'input' | 'classes' | 'normalisation' | 'target'>>
  examples(data: DataSpec, split: SplitName): Promise<Examples>
  /** Its weights are whatever the last user left: load before use. Networks of another role (default `student`) have weights of their own. */
  network(model: Spec, role?: string): Promise<BoundNetwork>
  /** Of the network in the role `student`. */
  evaluator(model: Spec, data: DataSpec, split: SplitName): Promise<Evaluator>
  userFunction<F extends UserFunction>(ref: FunctionRef): Promise<F>
}
