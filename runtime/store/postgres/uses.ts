/** When results were last used, and at which path of a pipeline: for gc and for explanations. */
import type { Query } from './database.ts'

/** Call within a transaction. */
export async function noteUse(all: Query, stages: readonly { readonly path: string; readonly key: string }[]): Promise<void> {
  if (stages.length === 0) return
  await all(
    `WITH used AS (SELECT DISTINCT path, key FROM json_to_recordset($1::json) AS used (path text, key text)), ${noted('used')} SELECT`,
    JSON.stringify(stages.map(({ path, key }) => ({ path, key }))),
  )
}

/**
 * `noteUse` as parts of a statement. Ticks come from the database's clock but always increase, even when it is set back.
 * @param used a relation with distinct `path` and `key`
 */
export const noted = (used: string): string => `
  moment AS (SELECT greatest((extract(epoch FROM clock_timestamp()) * 1000)::bigint, (SELECT coalesce(max(tick), 0) + 1 FROM uses)) AS now),
  noted AS (INSERT INTO uses SELECT DISTINCT key, now FROM ${used}, moment ORDER BY key ON CONFLICT (key) DO UPDATE SET tick = excluded.tick),
  placed AS (
    INSERT INTO places SELECT path, key, now FROM ${used}, moment ORDER BY path, key ON CONFLICT (path, key) DO UPDATE SET seen = excluded.seen)`
