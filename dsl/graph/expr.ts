/**
 * The internal form of a pipeline: a small immutable tree of plain data, with every default filled in. It has no types that only the
 * compiler needs; the verb that created a node has already checked names and order.
 */

import type { SourceLocation } from '../check/at.ts'
import { target } from '../check/target.ts'
import type { DataSpec } from '../parts/data.ts'
import type { Measured } from '../parts/objective.ts'
import type { StageResources } from './stage.ts'
import type { ExportOptions, OptionsOf, StageKind } from './stage-options.ts'

/** A point of a training: the end of an epoch, or after a number of steps, both counted over the horizon. */
export type Position = { readonly epoch: number } | { readonly step: number }

/** The points at which weights are kept, by the name of the snapshot. */
export type Keep = { readonly [snapshot: string]: Position }

interface Call {
  /** The verb the user wrote if it differs from the kind: fine-tuning and gradual pruning are trainings. */
  readonly verb?: string
  /** Where the user wrote the verb. */
  readonly at?: SourceLocation
  readonly resources?: StageResources
}

interface After extends Call {
  readonly of: PipelineExpr
}

/** The fields of a node other than its predecessor and the options of its stage. */
interface More {
  readonly train: { readonly keep: Keep }
  /** To a snapshot, or to a point of the first training. */
  readonly rewind: { readonly to: string | Position }
  /** With the signs of a snapshot, if given. */
  readonly reinit: { readonly signs?: string }
  readonly interpolate: { readonly to: PipelineExpr }
  readonly distill: { readonly teachers: readonly PipelineExpr[] }
}

type Following = Exclude<StageKind, 'init' | 'export'>

/** `kind` is the stage it becomes. */
export type PipelineExpr =
  | (Call & { readonly kind: 'init'; readonly options: OptionsOf<'init'>; readonly data: DataSpec; readonly measured: Measured })
  | (After & { readonly kind: 'snapshot'; readonly name: string })
  | {
      [K in Following]: After & { readonly kind: K; readonly options: OptionsOf<K> } & (K extends keyof More ? More[K] : unknown)
    }[Following]

/** A pipeline that ends by writing a file. */
export type ExportExpr = After & { readonly kind: 'export'; readonly options: ExportOptions }

/** Trained networks whose predictions are averaged. */
export interface EnsembleExpr extends Call {
  readonly kind: 'ensemble'
  readonly members: readonly PipelineExpr[]
}

/** Pipelines or studies under labels of one axis. */
export interface StudyExpr extends Call {
  readonly kind: 'study'
  /** The labels' name: `seed`, `arm`, or an axis of a sweep. */
  readonly axis: string
  readonly arms: readonly { readonly label: string; readonly of: Expr; readonly baseline?: true }[]
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
const isArtifact = isA('artifact')
export const isEnsemble = isA('ensemble')
const isStudy = isA('study')

export const isRunnable = (value: unknown): value is { readonly [target]: keyof Nodes; readonly node: Expr } =>
  isPipeline(value) || isArtifact(value) || isEnsemble(value) || isStudy(value)
