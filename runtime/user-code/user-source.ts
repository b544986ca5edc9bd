import * as Schema from 'effect/Schema'

/** Where the user's functions are found: the file that was planned, loaded as it was then. */
export const UserSource = Schema.Struct({
  /** Path. */
  file: Schema.String,
  /** The export that was planned, or `*` for all. */
  target: Schema.String,
  /** What `--set` said, by name. */
  params: Schema.Record(Schema.String, Schema.String),
  /** The project's folder. */
  project: Schema.String,
})
export type UserSource = typeof UserSource.Type
