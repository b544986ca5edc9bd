/**
 * The tables of the index, the only part of a store that is modified in place. Each migration takes it from one version to the next, in one
 * transaction with the new version number; a released migration is never changed, only followed by another. Artifacts, masks and
 * checkpoints contain their own version and are never rewritten: readers refuse or skip other versions.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE results (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, manifest TEXT NOT NULL, artifact TEXT,
    snapshots TEXT NOT NULL, metrics TEXT NOT NULL, numerics TEXT, finished INTEGER NOT NULL, seconds REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE places (path TEXT NOT NULL, key TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (path, key)) WITHOUT ROWID;
  CREATE TABLE metrics (
    key TEXT NOT NULL, series TEXT NOT NULL, step INTEGER NOT NULL, value REAL, PRIMARY KEY (key, series, step)
  ) WITHOUT ROWID;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER, status TEXT, counts TEXT
  );
  -- Objects whose content was checked, with the file's size and time then; parts of an artifact as a JSON list.
  CREATE TABLE verified (digest TEXT PRIMARY KEY, bytes INTEGER NOT NULL, mtime REAL NOT NULL, parts TEXT) WITHOUT ROWID;
  `,
  `
  ALTER TABLE runs ADD COLUMN target TEXT;
  ALTER TABLE runs ADD COLUMN seconds REAL;
  -- Who carries it out: 'host boot pid start'. Without an end and without this process, a run was killed.
  ALTER TABLE runs ADD COLUMN process TEXT;
  CREATE TABLE run_stages (
    run INTEGER NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, key TEXT, kind TEXT NOT NULL, outcome TEXT NOT NULL,
    seconds REAL NOT NULL, because TEXT, PRIMARY KEY (run, position)
  ) WITHOUT ROWID;
  CREATE INDEX run_stages_by_path ON run_stages (path);
  -- Targets of pipelines that were planned or run, with the keys of their stages by path, as JSON: what gc keeps.
  CREATE TABLE targets (file TEXT NOT NULL, target TEXT NOT NULL, keys TEXT NOT NULL, PRIMARY KEY (file, target)) WITHOUT ROWID;
  CREATE TABLE pins (key TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
  -- When a result was last needed: Unix milliseconds, but never smaller than what was written before, whatever the clock says.
  CREATE TABLE uses (key TEXT PRIMARY KEY, tick INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX uses_by_tick ON uses (tick);
  INSERT INTO uses SELECT key, finished FROM results;
  `,
  `
  -- Users' functions as they were written, by fingerprint, as JSON: for explanations.
  CREATE TABLE functions (fingerprint TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  -- Processes that compute, each with a number that grows while it lives; process is 'host boot pid start namespace'.
  CREATE TABLE holders (id TEXT PRIMARY KEY, process TEXT NOT NULL, beat INTEGER NOT NULL) WITHOUT ROWID;
  -- Stages being computed, by whom, and how far they are, as JSON for those who wait.
  CREATE TABLE leases (key TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, progress TEXT) WITHOUT ROWID;
  `,
  `
  -- For what trainings have in common, the weights at ends of epochs and objects to go on from: a cache, its objects may be gone.
  CREATE TABLE training_states (
    prefix TEXT NOT NULL, epoch INTEGER NOT NULL, numerics TEXT NOT NULL, state TEXT, artifact TEXT NOT NULL,
    PRIMARY KEY (prefix, epoch, numerics)
  ) WITHOUT ROWID;
  -- SHA-256 over all weights at the end of every epoch: what a replay must come to.
  CREATE TABLE epoch_weights (key TEXT NOT NULL, epoch INTEGER NOT NULL, weights TEXT NOT NULL, PRIMARY KEY (key, epoch)) WITHOUT ROWID;
  `,
  `
  -- What people wrote beside runs; tags as a JSON list.
  CREATE TABLE remarks (run INTEGER PRIMARY KEY, tags TEXT NOT NULL, note TEXT NOT NULL);
  `,
  'CREATE INDEX run_stages_by_key ON run_stages (key)',
  `
  -- Long curves of finished trainings in some thousand pieces, as a JSON list of [step, mean, low, high]: made from their points, and again.
  CREATE TABLE overviews (
    key TEXT NOT NULL, series TEXT NOT NULL, points INTEGER NOT NULL, pieces TEXT NOT NULL, PRIMARY KEY (key, series)
  ) WITHOUT ROWID;
  `,
]
