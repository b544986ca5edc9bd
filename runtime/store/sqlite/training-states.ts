/**
 * States of trainings: the weights at the end of epochs, and at the end of each training everything needed to resume it. Longer trainings
 * with the same prefix (`plan/prefix.ts`) continue from there and reuse the snapshots. A cache: gc may remove any of it.
 */

import { canonical } from '../../../dsl/check/canonical.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import type { Digest } from '../address.ts'
import type { StageResult, TrainingRecord, TrainingState } from '../results.ts'
import type { IndexDb } from './index-db.ts'

/** Call in the transaction that publishes the result. */
export function noteTraining(index: IndexDb, result: StageResult, { prefix, epochs, state, weights }: TrainingRecord): void {
  for (const [epoch, digest] of Object.entries(weights))
    index.run('INSERT OR REPLACE INTO epoch_weights (key, epoch, weights) VALUES (?, ?, ?)', result.key, Number(epoch), digest)
  if (prefix === undefined || result.numerics === undefined) return
  const numerics = canonical({ ...result.numerics })
  const columns = 'prefix, epoch, numerics, state, artifact'
  for (const [epoch, artifact] of Object.entries(result.snapshots)) {
    // Snapshots within epochs have other names.
    if (!/^\d+$/.test(epoch)) continue
    index.run(`INSERT OR IGNORE INTO training_states (${columns}) VALUES (?, ?, ?, NULL, ?)`, prefix, Number(epoch), numerics, artifact)
  }
  if (result.artifact === undefined) return
  index.run(
    `INSERT OR REPLACE INTO training_states (${columns}) VALUES (?, ?, ?, ?, ?)`,
    prefix,
    epochs,
    numerics,
    state ?? null,
    result.artifact,
  )
}

/** Ordered by epoch; for any numerics when none are given. The caller must check that the objects exist. */
export function trainingStates(index: IndexDb, prefix: string, numerics: Numerics | undefined): TrainingState[] {
  const known = numerics === undefined ? undefined : canonical({ ...numerics })
  const columns = ['epoch', 'numerics', 'state', 'artifact'] as const
  return index
    .read('training_states', columns, 'FROM training_states WHERE prefix = ? ORDER BY epoch', prefix)
    .filter(({ numerics }) => known === undefined || canonical({ ...numerics }) === known)
    .map(({ epoch, state, artifact }) => ({ epoch, artifact, state: state ?? undefined }))
}

export function trainingOf(index: IndexDb, { key, artifact, numerics }: StageResult): TrainingRecord | undefined {
  const weights = epochWeights(index, key)
  if (Object.keys(weights).length === 0) return undefined
  const rest = 'FROM training_states WHERE artifact = ? AND numerics = ? ORDER BY state IS NULL, epoch DESC LIMIT 1'
  const values = [artifact ?? null, numerics === undefined ? null : canonical({ ...numerics })]
  const [row] = index.read('training_states', ['prefix', 'epoch', 'state'], rest, ...values)
  if (row === undefined) return { prefix: undefined, epochs: 0, state: undefined, weights }
  return { prefix: row.prefix, epochs: row.epoch, state: row.state ?? undefined, weights }
}

/** SHA-256 over all weights, by epoch; empty for results of versions that did not store them. */
export function epochWeights(index: IndexDb, key: string): { readonly [epoch: string]: string } {
  const rows = index.read('epoch_weights', ['epoch', 'weights'], 'FROM epoch_weights WHERE key = ?', key)
  return Object.fromEntries(rows.map(({ epoch, weights }) => [String(epoch), weights]))
}

/** For gc, in its transaction: drops references to removed objects. */
export function forgetStates(index: IndexDb, gone: ReadonlySet<Digest>): void {
  for (const { prefix, epoch, numerics, state, artifact } of index.all('SELECT * FROM training_states')) {
    const at = [String(prefix), Number(epoch), String(numerics)] as const
    if (gone.has(String(artifact))) index.run('DELETE FROM training_states WHERE prefix = ? AND epoch = ? AND numerics = ?', ...at)
    else if (state !== null && gone.has(String(state)))
      index.run('UPDATE training_states SET state = NULL WHERE prefix = ? AND epoch = ? AND numerics = ?', ...at)
  }
}
