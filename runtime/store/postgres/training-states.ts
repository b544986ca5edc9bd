/** Training states in PostgreSQL: see `sqlite/training-states.ts`. */

import { canonical } from '../../../dsl/check/canonical.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import type { StageResult, TrainingRecord, TrainingState } from '../results.ts'
import type { Query } from './database.ts'

/** Call in the transaction that publishes the result. */
export async function noteTraining(all: Query, result: StageResult, { prefix, epochs, state, weights }: TrainingRecord): Promise<void> {
  const list = Object.entries(weights).map(([epoch, digest]) => ({ epoch: Number(epoch), weights: digest }))
  await all(
    `INSERT INTO epoch_weights SELECT $1, epoch, weights FROM json_to_recordset($2::json) AS w (epoch integer, weights text)
     ON CONFLICT (key, epoch) DO UPDATE SET weights = excluded.weights`,
    result.key,
    JSON.stringify(list),
  )
  if (prefix === undefined || result.numerics === undefined) return
  const numerics = canonical({ ...result.numerics })
  // Snapshots within epochs have other names.
  const ended = Object.entries(result.snapshots).filter(([epoch]) => /^\d+$/.test(epoch))
  await all(
    `INSERT INTO training_states (prefix, epoch, numerics, state, artifact)
     SELECT $1, epoch, $2, NULL, artifact FROM json_to_recordset($3::json) AS s (epoch integer, artifact text) ON CONFLICT DO NOTHING`,
    prefix,
    numerics,
    JSON.stringify(ended.map(([epoch, artifact]) => ({ epoch: Number(epoch), artifact }))),
  )
  if (result.artifact === undefined) return
  await all(
    `INSERT INTO training_states (prefix, epoch, numerics, state, artifact) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (prefix, epoch, numerics) DO UPDATE SET state = excluded.state, artifact = excluded.artifact`,
    prefix,
    epochs,
    numerics,
    state ?? null,
    result.artifact,
  )
}

/** Ordered by epoch; for any numerics when none are given. The caller must check that the objects exist. */
export async function trainingStates(all: Query, prefix: string, numerics: Numerics | undefined): Promise<TrainingState[]> {
  const rows = await all(
    'SELECT epoch, state, artifact FROM training_states WHERE prefix = $1 AND ($2::text IS NULL OR numerics = $2) ORDER BY epoch',
    prefix,
    numerics === undefined ? null : canonical({ ...numerics }),
  )
  return rows.map(({ epoch, state, artifact }) => ({
    epoch: Number(epoch),
    state: typeof state === 'string' ? state : undefined,
    artifact: String(artifact),
  }))
}

export async function trainingOf(all: Query, { key, artifact, numerics }: StageResult): Promise<TrainingRecord | undefined> {
  const weights = await epochWeights(all, key)
  if (Object.keys(weights).length === 0) return undefined
  const [row] = await all(
    'SELECT prefix, epoch, state FROM training_states WHERE artifact = $1 AND numerics = $2 ORDER BY state IS NULL, epoch DESC LIMIT 1',
    artifact ?? null,
    numerics === undefined ? null : canonical({ ...numerics }),
  )
  if (row === undefined) return { prefix: undefined, epochs: 0, state: undefined, weights }
  return { prefix: String(row.prefix), epochs: Number(row.epoch), state: typeof row.state === 'string' ? row.state : undefined, weights }
}

/** SHA-256 over all weights, by epoch. */
export async function epochWeights(all: Query, key: string): Promise<{ readonly [epoch: string]: string }> {
  const rows = await all('SELECT epoch, weights FROM epoch_weights WHERE key = $1', key)
  return Object.fromEntries(rows.map(({ epoch, weights }) => [String(epoch), String(weights)]))
}

/** For gc, in its transaction: drops references to removed objects. @param gone digests, as a JSON list */
export async function forgetStates(all: Query, gone: string): Promise<void> {
  await all('DELETE FROM training_states WHERE artifact IN (SELECT json_array_elements_text($1::json))', gone)
  await all('UPDATE training_states SET state = NULL WHERE state IN (SELECT json_array_elements_text($1::json))', gone)
}
