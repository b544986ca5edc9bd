import * as Schema from 'effect/Schema'
import type { Stage, StageKind } from '../../dsl/graph/stage.ts'
import { Address } from '../worker/stage-context.ts'
import {
  CustomForm,
  DistillForm,
  EvaluateForm,
  ExportForm,
  InitForm,
  InterpolateForm,
  MergeForm,
  NoOptionsForm,
  PruneForm,
  RecalibrateForm,
  ReinitForm,
  TrainForm,
} from './options.ts'

const work = <K extends StageKind, O, R extends string>(kind: K, options: Schema.Codec<O>, roles: readonly R[]) =>
  Schema.Struct({
    kind: Schema.Literal(kind),
    options,
    inputs: Schema.Struct(Object.fromEntries(roles.map((role) => [role, Address])) as { [role in R]: typeof Address }),
  })

/** What a stage is to do: kind, options, and the content addresses of its inputs by role. */
export const Work = Schema.Union([
  work('init', InitForm, []),
  work('train', TrainForm, ['model']),
  work('prune', PruneForm, ['model']),
  work('rewind', NoOptionsForm, ['model', 'to']),
  Schema.Struct({
    kind: Schema.Literal('reinit'),
    options: ReinitForm,
    inputs: Schema.Struct({ model: Address, signs: Schema.optionalKey(Address) }),
  }),
  work('interpolate', InterpolateForm, ['model', 'to']),
  work('dense', NoOptionsForm, ['model']),
  work('shrink', NoOptionsForm, ['model']),
  work('recalibrate', RecalibrateForm, ['model']),
  work('merge', MergeForm, ['model']),
  Schema.Struct({
    kind: Schema.Literal('distill'),
    options: DistillForm,
    inputs: Schema.StructWithRest(Schema.Struct({ model: Address, teacher: Address }), [
      Schema.Record(Schema.TemplateLiteral(['teacher', Schema.Number]), Address),
    ]),
  }),
  work('custom', CustomForm, ['model']),
  work('export', ExportForm, ['model']),
  Schema.Struct({
    kind: Schema.Literal('evaluate'),
    options: EvaluateForm,
    inputs: Schema.StructWithRest(Schema.Struct({ model: Address, teacher: Schema.optionalKey(Address) }), [
      Schema.Record(Schema.TemplateLiteral(['model', Schema.Number]), Address),
      Schema.Record(Schema.TemplateLiteral(['teacher', Schema.Number]), Address),
    ]),
  }),
])
export type Work = typeof Work.Type
export type WorkOf<K extends StageKind> = Extract<Work, { kind: K }>

/** A stage as work, with its inputs' addresses. */
export function workOf(stage: Stage, inputs: { readonly [role: string]: string }): Work {
  // The union's members pair kinds with their options just as Stage does; inputs are checked when the message is decoded.
  return { kind: stage.kind, options: stage.options, inputs } as Work
}
