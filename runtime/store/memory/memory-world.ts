/** State shared by all stores in memory that are opened on it, as processes share a folder. */

import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../../../dsl/check/canonical.ts'
import type { FunctionRecord } from '../functions.ts'
import type { KnownTarget, LogLine, RunBeginning, RunFinish } from '../journal.ts'
import type { Lease } from '../leases.ts'
import type { Remark } from '../remarks.ts'
import type { StageResult, TrainingState } from '../results.ts'
import { MemoryFiles } from './memory-files.ts'

export class MemoryWorld {
  readonly folder = join(tmpdir(), `espalier-memory-${randomUUID()}`)
  readonly files = new MemoryFiles()
  readonly results = new Map<string, StageResult>()
  /** Values by step, by series, by key. */
  readonly metrics = new Map<string, Map<string, Map<number, number>>>()
  readonly epochWeights = new Map<string, { readonly [epoch: string]: string }>()
  readonly trainings: (TrainingState & { readonly prefix: string; readonly numerics: string })[] = []
  readonly leases = new Map<string, Lease & { readonly progress: Json }>()
  /** Heartbeat counters, by lease holder. */
  readonly beats = new Map<string, number>()
  readonly runs: { readonly begun: RunBeginning; readonly by: string; readonly log: LogLine[]; end?: RunFinish }[] = []
  readonly targets = new Map<string, KnownTarget>()
  readonly pins = new Set<string>()
  readonly remarks = new Map<number, Remark>()
  readonly functions = new Map<string, FunctionRecord>()
  /** When results were last used. */
  readonly uses = new Map<string, number>()
  #lastUse = 0
  readonly places = new Map<string, Set<string>>()
  /** Stores that are open. */
  readonly open = new Set<string>()

  use(path: string, key: string): void {
    this.#lastUse = Math.max(Date.now(), 1 + this.#lastUse)
    this.uses.set(key, this.#lastUse)
    const keys = this.places.get(path) ?? new Set()
    keys.delete(key)
    this.places.set(path, keys.add(key))
  }

  holds({ key, holder, fence }: Lease): boolean {
    const held = this.leases.get(key)
    return held?.holder === holder && held.fence === fence
  }
}
