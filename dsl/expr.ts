/**
 * What a pipeline value is inside: a small immutable tree of plain data, with every default filled in.
 * Types that only the compiler needs are gone; names and order checks have been done by the verb that made the node.
 */
import type {
  DistillOptions,
  EvaluateOptions,
  InitOptions,
  PruneOptions,
  ReinitOptions,
  SourceLocation,
  Spec,
  TrainOptions,
} from './stage.ts'

/** Epochs at whose end weights are kept, by the snapshot's name. */
export type Keep = { readonly [snapshot: string]: number }

interface Call {
  /** Where the user wrote the verb. */
  readonly at?: SourceLocation
}

interface After extends Call {
  readonly of: PipelineExpr
}

export type PipelineExpr =
  | (Call & { readonly verb: 'init'; readonly options: InitOptions; readonly data: Spec })
  | (After & { readonly verb: 'train' | 'finetune'; readonly options: TrainOptions; readonly keep: Keep })
  | (After & { readonly verb: 'prune'; readonly options: PruneOptions })
  | (After & { readonly verb: 'rewind'; readonly to: string })
  | (After & { readonly verb: 'reinit'; readonly options: ReinitOptions })
  | (After & { readonly verb: 'snapshot'; readonly name: string })
  | (After & { readonly verb: 'distill'; readonly options: DistillOptions; readonly teacher: PipelineExpr })
  | (After & { readonly verb: 'evaluate'; readonly options: EvaluateOptions })

/** Pipelines or studies under labels of one axis. */
export interface StudyExpr extends Call {
  readonly verb: 'seeds' | 'compare'
  readonly arms: readonly { readonly label: string; readonly of: Expr }[]
}

export type Expr = PipelineExpr | StudyExpr

/** Marks the values that can be run: `'pipeline'` or `'study'`. The same in every copy of the library. */
export const target: unique symbol = Symbol.for('espalier.target')

export const isPipeline = (value: unknown): value is { readonly [target]: 'pipeline'; readonly node: PipelineExpr } =>
  kindOf(value) === 'pipeline'
export const isStudy = (value: unknown): value is { readonly [target]: 'study'; readonly node: StudyExpr } => kindOf(value) === 'study'

const kindOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && target in value ? value[target] : undefined)
