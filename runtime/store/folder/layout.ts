/** The on-disk layout of the store: the only place that defines paths. */
import { join, resolve } from 'node:path'

export interface Layout {
  readonly root: string
  /** Content-addressed files: the first two hex digits name the folder, the other 62 the file. */
  readonly objects: string
  /** SQLite: results, metrics, runs. */
  readonly index: string
  /** `checkpoints/<key>/<step>-<16 hex digits>.ckpt`, removed when the stage is done. */
  readonly checkpoints: string
  /** `runs/<number>/log.jsonl`: the events of a run. */
  readonly runs: string
  /** `logs/<key>.log`: output of a stage's worker process. */
  readonly logs: string
  /** Converted data sets. */
  readonly data: string
  /** Cached analyses of the user's code, by content of its files. */
  readonly functions: string
  /** Code of pipelines received from other machines. */
  readonly bundles: string
  /** `exports/<key>.json`: the files that an export has written. */
  readonly exports: string
  /** Local copies of objects stored elsewhere. */
  readonly cache: string
  /** Requests to, and replies from, stages that a cluster scheduler runs. */
  readonly jobs: string
  /** Damaged files that were set aside. */
  readonly quarantine: string
  /** Files being written, on the same file system as their destination. */
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
