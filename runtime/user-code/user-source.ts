import * as Schema from 'effect/Schema'

/** Where to load user functions from: the planned file, with the same target and parameters. */
export const UserSource = Schema.Struct({
  /** Path. */
  file: Schema.String,
  /** The export that was planned, or `*` for all. */
  target: Schema.String,
  /** Values of `--set`, by name. */
  params: Schema.Record(Schema.String, Schema.String),
  /** The project's folder. */
  project: Schema.String,
})
export type UserSource = typeof UserSource.Type
