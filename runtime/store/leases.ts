import type { Json } from '../../dsl/graph/stage-options.ts'

export interface Lease {
  readonly key: string
  readonly holder: string
  /** Tells this lease from another one that the same holder had before. */
  readonly fence: number
}

/** Somebody else's. */
export interface Held {
  /** `process 1234`, on another machine with its name. */
  readonly by: string
  /** What the holder last told of it; null when it has just begun. */
  readonly progress: Json
}

export type Taken =
  /** `from` a holder that was dead: what it has left, a checkpoint say, may be newer than what was known before. */
  { readonly lease: Lease; readonly tookOver: boolean } | { readonly held: Held }

export interface LeaseOptions {
  /** Between two heartbeats. Default 2. */
  readonly beatSeconds?: number
  /** After which a heartbeat that stands still means dead. Default 10. */
  readonly expireSeconds?: number
}
