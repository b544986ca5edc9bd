/** The services of a worker for the stage that it runs. Creating them takes longer than many stages, so the worker keeps them. */

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
  /** Its weights are those of the last use: load before use. Networks with another role (default `student`) have separate weights. */
  network(model: Spec, role?: string): Promise<BoundNetwork>
  /** For the network in the role `student`. */
  evaluator(model: Spec, data: DataSpec, split: SplitName): Promise<Evaluator>
  userFunction<F extends UserFunction>(ref: FunctionRef): Promise<F>
}
