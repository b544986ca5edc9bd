/**
 * The tables of a shared index, in their own schema. Each migration takes it from one version to the next, in one transaction with the new
 * version number, under a lock; a released migration is never changed, only followed by another. Columns mean the same as in `sqlite/`.
 */
import type { Query } from './database.ts'

export const schema = 'espalier'

export const migrations: readonly string[] = [
  `
  CREATE TABLE results (
    key text PRIMARY KEY, kind text NOT NULL, path text NOT NULL, manifest text NOT NULL, artifact text,
    snapshots text NOT NULL, metrics text NOT NULL, numerics text, finished bigint NOT NULL, seconds double precision NOT NULL,
    -- The lease under which it was published: whoever asks again after a lost answer sees that it was.
    lease text
  );
  CREATE INDEX results_by_kind ON results (kind);
  CREATE INDEX results_by_artifact ON results (artifact);
  CREATE TABLE places (path text NOT NULL, key text NOT NULL, seen bigint NOT NULL, PRIMARY KEY (path, key));
  CREATE INDEX places_by_key ON places (key);
  CREATE TABLE uses (key text PRIMARY KEY, tick bigint NOT NULL);
  CREATE INDEX uses_by_tick ON uses (tick);
  CREATE TABLE metrics (
    key text NOT NULL, series text NOT NULL, step double precision NOT NULL, value double precision NOT NULL, PRIMARY KEY (key, series, step)
  );
  CREATE TABLE verified (digest text PRIMARY KEY, bytes bigint NOT NULL, mtime double precision NOT NULL, parts text NOT NULL);
  CREATE TABLE training_states (
    prefix text NOT NULL, epoch integer NOT NULL, numerics text NOT NULL, state text, artifact text NOT NULL,
    PRIMARY KEY (prefix, epoch, numerics)
  );
  CREATE TABLE epoch_weights (key text NOT NULL, epoch integer NOT NULL, weights text NOT NULL, PRIMARY KEY (key, epoch));
  CREATE TABLE functions (fingerprint text PRIMARY KEY, record text NOT NULL);
  CREATE TABLE pins (key text PRIMARY KEY, since bigint NOT NULL);
  -- Processes that run or compute something, and when each last showed that it lives.
  CREATE TABLE holders (id text PRIMARY KEY, process text NOT NULL, seen timestamptz NOT NULL);
  CREATE TABLE leases (key text PRIMARY KEY, holder text NOT NULL, fence bigint NOT NULL, progress text);
  CREATE INDEX leases_by_holder ON leases (holder);
  CREATE TABLE runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token text NOT NULL UNIQUE, holder text NOT NULL, process text NOT NULL,
    file text NOT NULL, target text NOT NULL, started bigint NOT NULL, status text, counts text, seconds double precision
  );
  CREATE TABLE run_stages (
    run bigint NOT NULL, position integer NOT NULL, path text NOT NULL, key text, kind text NOT NULL, outcome text NOT NULL,
    seconds double precision NOT NULL, because text, PRIMARY KEY (run, position)
  );
  CREATE INDEX run_stages_by_path ON run_stages (path, run);
  CREATE INDEX run_stages_by_key ON run_stages (key);
  CREATE TABLE run_log (run bigint NOT NULL, line integer NOT NULL, event text NOT NULL, PRIMARY KEY (run, line));
  -- A file is one of a machine: what is at the same path on another is another.
  CREATE TABLE targets (
    host text NOT NULL, file text NOT NULL, target text NOT NULL, keys text NOT NULL, seen timestamptz NOT NULL,
    PRIMARY KEY (host, file, target)
  );
  -- The one clock by which holders are judged. Tests put another in its place.
  CREATE FUNCTION clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';
  `,
  `
  -- Stages that are ready to be computed by any worker. 'worker' has it under 'claim', until there is an outcome.
  CREATE TABLE jobs (
    key text PRIMARY KEY, queue text NOT NULL, version text NOT NULL, numerics text, run text NOT NULL, arm integer NOT NULL,
    depth integer NOT NULL, ask text NOT NULL, bundle text, offered timestamptz NOT NULL, worker text, claim bigint UNIQUE, taken timestamptz,
    told text, outcome text
  );
  CREATE INDEX jobs_by_worker ON jobs (worker);
  CREATE SEQUENCE claims;
  CREATE TABLE wanted (key text NOT NULL, wanter text NOT NULL, PRIMARY KEY (key, wanter));
  CREATE INDEX wanted_by_wanter ON wanted (wanter);
  CREATE TABLE workers (id text PRIMARY KEY, facts text NOT NULL, since timestamptz NOT NULL);
  CREATE TABLE bundles (digest text PRIMARY KEY, content text NOT NULL, used timestamptz NOT NULL);
  -- Runs that go on without whoever began them.
  CREATE TABLE coordinations (
    id text PRIMARY KEY, file text NOT NULL, target text NOT NULL, request text NOT NULL, holder text, since timestamptz NOT NULL
  );
  `,
  `
  -- What people wrote beside runs; tags as a JSON list.
  CREATE TABLE remarks (run bigint PRIMARY KEY, tags text NOT NULL, note text NOT NULL);
  `,
  `
  ALTER TABLE jobs ADD COLUMN state text NOT NULL GENERATED ALWAYS AS
    (CASE WHEN outcome IS NOT NULL THEN 'ended' WHEN worker IS NOT NULL THEN 'at work' ELSE 'waits' END) STORED;
  -- What waits, in the order in which it is taken: the first of each run and queue is found without looking at the others.
  CREATE INDEX jobs_in_turn ON jobs (run, queue, version, coalesce(numerics, ''), arm, depth DESC, offered) WHERE state = 'waits';
  CREATE INDEX jobs_at_work ON jobs (worker) WHERE state = 'at work';
  CREATE INDEX jobs_at_work_by_run ON jobs (run) WHERE state = 'at work';
  CREATE INDEX jobs_ended ON jobs (key) WHERE state = 'ended';
  DROP INDEX jobs_by_worker;
  -- Rows come and go all the time, and are few.
  ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  ALTER TABLE wanted SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  ALTER TABLE leases SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  -- What one process does for all, and when one last did.
  CREATE TABLE chores (chore text PRIMARY KEY, done timestamptz NOT NULL);
  `,
]

export interface Made {
  /** Number of migrations applied; 0 for a database without a store. */
  readonly version: number
  readonly id: string
  /** Location of its objects. */
  readonly objects: string
}

/** Undefined when the database contains no store. */
export async function madeIn(all: Query): Promise<Made | undefined> {
  const [there] = await all('SELECT to_regclass($1) IS NOT NULL AS there', `${schema}.store`)
  if (there?.there !== true) return undefined
  const [row] = await all('SELECT version, id, objects FROM store')
  return row === undefined ? undefined : { version: Number(row.version), id: String(row.id), objects: String(row.objects) }
}

/** Must run in a transaction. A concurrent caller waits for the lock and finds nothing left to do. @param fresh values for a new store */
export async function migrate(all: Query, fresh: Omit<Made, 'version'>): Promise<Made> {
  await all("SELECT pg_advisory_xact_lock(hashtext('espalier store'))")
  await all(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await all(
    'CREATE TABLE IF NOT EXISTS store (one boolean PRIMARY KEY CHECK (one), version integer NOT NULL, id text NOT NULL, objects text NOT NULL)',
  )
  const found = (await madeIn(all)) ?? { version: 0, ...fresh }
  const missing = migrations.slice(found.version)
  for (const statement of missing.flatMap(statementsOf)) await all(statement)
  if (missing.length > 0)
    await all(
      'INSERT INTO store VALUES (true, $1, $2, $3) ON CONFLICT (one) DO UPDATE SET version = excluded.version',
      migrations.length,
      found.id,
      found.objects,
    )
  return { ...found, version: Math.max(found.version, migrations.length) }
}

/** A prepared query can contain only one statement. */
const statementsOf = (migration: string): string[] =>
  migration
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
