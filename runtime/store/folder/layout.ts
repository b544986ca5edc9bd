/** The store on disk: where everything is, and nowhere else. */
import { join, resolve } from 'node:path'

export interface Layout {
  readonly root: string
  /** Content-addressed files: the first two hex digits name the folder, the other 62 the file. */
  readonly objects: string
  /** SQLite: results, metrics, runs. */
  readonly index: string
  /** `checkpoints/<key>/<step>-<16 hex digits>.ckpt`, gone when the stage is done. */
  readonly checkpoints: string
  /** `runs/<number>/log.jsonl`: what happened in a run. */
  readonly runs: string
  /** `logs/<key>.log`: what a stage's worker wrote. */
  readonly logs: string
  /** Data sets, converted once. */
  readonly data: string
  /** What is known of the user's code, by the content of its files. */
  readonly functions: string
  /** Code of users' pipelines that came from other machines. */
  readonly bundles: string
  /** `exports/<key>.json`: which files an export has written. */
  readonly exports: string
  /** Objects that lie elsewhere, fetched once. */
  readonly cache: string
  /** What stages that a cluster's scheduler runs are told, and tell. */
  readonly jobs: string
  /** Damaged files, moved out of the way. */
  readonly quarantine: string
  /** Files being written, on the same file system as where they go. */
  readonly tmp: string
}

export function layoutOf(directory: string): Layout {
  const root = resolve(directory)
  return {
    root,
    objects: join(root, 'objects'),
    index: join(root, 'index.sqlite'),
    checkpoints: join(root, 'checkpoints'),
    runs: join(root, 'runs'),
    logs: join(root, 'logs'),
    data: join(root, 'data'),
    functions: join(root, 'functions'),
    bundles: join(root, 'bundles'),
    exports: join(root, 'exports'),
    cache: join(root, 'cache'),
    jobs: join(root, 'jobs'),
    quarantine: join(root, 'quarantine'),
    tmp: join(root, 'tmp'),
  }
}

/** `hex` is 64 hex digits. */
export function objectPath(layout: Layout, hex: string): string {
  return join(layout.objects, hex.slice(0, 2), hex.slice(2))
}
