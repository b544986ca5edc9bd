/**
 * What a pipeline value is inside: a small immutable tree of plain data, with every default filled in.
 * Types that only the compiler needs are gone; names and order checks have been done by the verb that made the node.
 */

import type { SourceLocation } from '../check/at.ts'
import { target } from '../check/target.ts'
import type { StageResources } from './stage.ts'
import type {
  CustomOptions,
  DataSpec,
  DistillOptions,
  EvaluateOptions,
  ExportOptions,
  InitOptions,
  InterpolateOptions,
  MergeOptions,
  PruneOptions,
  RecalibrateOptions,
  ReinitOptions,
  TrainOptions,
} from './stage-options.ts'

/** A point of a training: the end of an epoch, or after a number of steps, both counted over the horizon. */
export type Position = { readonly epoch: number } | { readonly step: number }

/** Where weights are kept, by the snapshot's name. */
export type Keep = { readonly [snapshot: string]: Position }

interface Call {
  /** Where the user wrote the verb. */
  readonly at?: SourceLocation
  readonly resources?: StageResources
}

interface After extends Call {
  readonly of: PipelineExpr
}

/** `kind` is the stage it becomes, `verb` what the user wrote: fine-tuning and gradual pruning are trainings. */
export type PipelineExpr =
  | (Call & { readonly kind: 'init'; readonly options: InitOptions; readonly data: DataSpec })
  | (After & {
      readonly kind: 'train'
      readonly verb: 'train' | 'finetune' | 'prune' | 'dpf'
      readonly options: TrainOptions
      readonly keep: Keep
    })
  | (After & { readonly kind: 'prune'; readonly options: PruneOptions })
  /** To a snapshot, or to a point of the first training. */
  | (After & { readonly kind: 'rewind'; readonly to: string | Position })
  /** With the signs of a snapshot, if one is named. */
  | (After & { readonly kind: 'reinit'; readonly options: ReinitOptions; readonly signs?: string })
  | (After & { readonly kind: 'interpolate'; readonly options: InterpolateOptions; readonly to: PipelineExpr })
  | (After & { readonly kind: 'dense' | 'shrink' })
  | (After & { readonly kind: 'merge'; readonly options: MergeOptions })
  | (After & { readonly kind: 'recalibrate'; readonly options: RecalibrateOptions })
  | (After & { readonly kind: 'snapshot'; readonly name: string })
  | (After & { readonly kind: 'distill'; readonly options: DistillOptions; readonly teachers: readonly PipelineExpr[] })
  | (After & { readonly kind: 'evaluate'; readonly options: EvaluateOptions })
  | (After & { readonly kind: 'custom'; readonly options: CustomOptions })

/** A pipeline whose end is written to a file. */
export type ExportExpr = After & { readonly kind: 'export'; readonly options: ExportOptions }

/** Trained networks that predict together. */
export interface EnsembleExpr extends Call {
  readonly kind: 'ensemble'
  readonly members: readonly PipelineExpr[]
}

/** Pipelines or studies under labels of one axis. */
export interface StudyExpr extends Call {
  readonly kind: 'study'
  /** The labels' name: `seed`, `arm`, or an axis of a sweep. */
  readonly axis: string
  readonly arms: readonly { readonly label: string; readonly of: Expr }[]
}

export type Expr = PipelineExpr | ExportExpr | EnsembleExpr | StudyExpr

interface Nodes {
  readonly pipeline: PipelineExpr
  readonly artifact: ExportExpr
  readonly ensemble: EnsembleExpr
  readonly study: StudyExpr
}

const isA =
  <T extends keyof Nodes>(kind: T) =>
  (value: unknown): value is { readonly [target]: T; readonly node: Nodes[T] } =>
    typeof value === 'object' && value !== null && target in value && value[target] === kind

export const isPipeline = isA('pipeline')
export const isArtifact = isA('artifact')
export const isEnsemble = isA('ensemble')
export const isStudy = isA('study')

export const isRunnable = (value: unknown): value is { readonly [target]: keyof Nodes; readonly node: Expr } =>
  isPipeline(value) || isArtifact(value) || isEnsemble(value) || isStudy(value)
