/** What is asked for a stage whose inputs are known: of the store, whether it is there; of a slot, to compute it; of a worker, its job. */
import * as Effect from 'effect/Effect'
import type { Position } from '../../dsl/graph/expr.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import type { DataFacts } from '../data/facts.ts'
import { computingOf, placeOf } from '../engine/devices.ts'
import { numericsOf } from '../engine/numerics.ts'
import { needsWorker } from '../kinds/run-stage.ts'
import { type Lookup, lookup, snapshotsNeeded, stepsOf } from '../plan/lookup.ts'
import { memoryEstimate } from '../plan/memory.ts'
import { factsOf, type Hit, outputOf } from '../plan/plan.ts'
import type { StoreProblem } from '../problem.ts'
import { topologyOf } from '../store/artifact.ts'
import type { StageResult } from '../store/results.ts'
import { snapshotName } from '../training/positions.ts'
import { fromStore, type ToDo } from './attempt.ts'
import type { ComputationRequest } from './computation.ts'
import { jobOf } from './job.ts'
import type { Ledger } from './ledger.ts'
import type { Job } from './protocol.ts'
import { type Rank, ranksOf } from './rank.ts'
import type { RunRequest } from './run-request.ts'

export class StageRequests {
  readonly #request: RunRequest
  readonly #ledger: Ledger
  readonly #snapshots: ReadonlyMap<string, readonly Position[]>
  readonly #ranks: ReadonlyMap<string, Rank>
  /** Each counts once: what is asked for again is asked of the store. */
  readonly #hits: Map<string, Hit>

  constructor(request: RunRequest, ledger: Ledger) {
    this.#request = request
    this.#ledger = ledger
    this.#hits = new Map(request.hits)
    this.#snapshots = snapshotsNeeded(request.graph)
    this.#ranks = ranksOf(request.graph)
  }

  lookup(stage: Stage): Effect.Effect<Lookup, StoreProblem> {
    const { store } = this.#request
    const hit = this.#hits.get(stage.id)
    if (hit !== undefined) {
      this.#hits.delete(stage.id)
      // An input that was computed again may have come out otherwise.
      if (this.#ledger.producersOf(stage).every(({ stage: { id } }) => this.#ledger.endOf(id)?.end === 'hit')) return Effect.succeed(hit)
    }
    const { engine, threads } = computingOf(stage, this.#request)
    return fromStore(() =>
      lookup(store, {
        stage,
        inputs: this.#ledger.inputsOf(stage),
        data: this.#dataOf(stage),
        snapshots: this.#snapshotsOf(stage),
        numerics: numericsOf(engine, threads),
      }),
    )
  }

  computation(stage: Stage, found: ToDo): ComputationRequest {
    return {
      stage,
      found,
      lookAgain: this.lookup(stage),
      jobFor: (now, attempt) => this.#jobOf(stage, now, attempt),
      rank: this.#ranks.get(stage.id)!,
      place: needsWorker(stage.kind) ? placeOf(stage, this.#request.resources.shares !== undefined) : undefined,
      memory: this.#memoryOf(stage),
      retries: this.#request.retries ?? 3,
    }
  }

  /** Optimizer steps of the whole stage. */
  stepsOf(stage: Stage): number {
    return stepsOf(stage, this.#dataOf(stage))
  }

  /** Whether a result has not all the snapshots that are needed of its stage. */
  lacksSnapshots(stage: Stage, { snapshots }: Pick<StageResult, 'snapshots'>): boolean {
    return this.#snapshotsOf(stage).some((at) => snapshots[snapshotName(at)] === undefined)
  }

  /** Producers of a stage's inputs whose outputs are not sound any more. */
  damagedProducers(stage: Stage): Effect.Effect<Stage[], StoreProblem> {
    const { store } = this.#request
    return fromStore(async () => {
      const damaged: Stage[] = []
      for (const { stage: producer, ref } of this.#ledger.producersOf(stage)) {
        const digest = outputOf(this.#ledger.resultOf(producer.id), ref)
        if (digest !== undefined && (await store.whatIsWrongWith(digest)) !== undefined) damaged.push(producer)
      }
      return damaged
    })
  }

  #snapshotsOf({ id }: Stage): readonly Position[] {
    return this.#snapshots.get(id) ?? []
  }

  #dataOf(stage: Stage): DataFacts | undefined {
    return factsOf(stage, this.#request.data)
  }

  #jobOf(stage: Stage, found: ToDo, attempt: Pick<Job, 'id' | 'attempt'>): Job {
    const [inputs, data] = [this.#ledger.inputsOf(stage), this.#dataOf(stage)]
    const keep = this.#snapshotsOf(stage)
    return jobOf(stage, found, {
      attempt,
      inputs,
      keep,
      data: data?.digest ?? null,
      ...computingOf(stage, this.#request),
      request: this.#request,
    })
  }

  /** As asked for, or else as estimated. */
  #memoryOf(stage: Stage): Effect.Effect<number, StoreProblem> {
    if (stage.resources?.memory !== undefined) return Effect.succeed(stage.resources.memory)
    return fromStore(async () => {
      const topologies = await Promise.all(
        Object.values(this.#ledger.inputsOf(stage)).map((artifact) => topologyOf(this.#request.store.objects, artifact)),
      )
      return memoryEstimate(
        stage,
        topologies.filter((topology) => topology !== undefined),
        this.#dataOf(stage),
      )
    })
  }
}
