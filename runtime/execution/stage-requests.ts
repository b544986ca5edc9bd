/** Builds the requests of a stage whose inputs are known: its lookup in the store, and its computation with slot, memory and job. */
import * as Effect from 'effect/Effect'
import type { Position } from '../../dsl/graph/expr.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { computingOf, placeOf } from '../engine/devices.ts'
import { numericsOf } from '../engine/numerics.ts'
import { needsWorker } from '../kinds/kinds.ts'
import { type Lookup, type LookupRequest, lookup, snapshotsNeeded, stepsOf } from '../plan/lookup.ts'
import { memoryEstimate } from '../plan/memory.ts'
import { factsOf, type Hit, outputOf } from '../plan/plan.ts'
import type { StoreProblem } from '../problem.ts'
import { topologyOf } from '../store/artifact.ts'
import type { StageResult } from '../store/results.ts'
import { snapshotName } from '../training/step.ts'
import { fromStore, type ToDo } from './attempt.ts'
import type { ComputationRequest } from './computation.ts'
import { jobOf } from './job.ts'
import type { Ledger } from './ledger.ts'
import { type Rank, ranksOf } from './rank.ts'
import type { RunRequest } from './run-request.ts'

export class StageRequests {
  readonly #request: RunRequest
  readonly #ledger: Ledger
  readonly #snapshots: ReadonlyMap<string, readonly Position[]>
  readonly #ranks: ReadonlyMap<string, Rank>
  /** Each is used once: a second lookup of the stage queries the store. */
  readonly #hits: Map<string, Hit>

  constructor(request: RunRequest, ledger: Ledger) {
    this.#request = request
    this.#ledger = ledger
    this.#hits = new Map(request.hits)
    this.#snapshots = snapshotsNeeded(request.graph)
    this.#ranks = ranksOf(request.graph)
  }

  lookup(stage: Stage): Effect.Effect<Lookup, StoreProblem> {
    const hit = this.#hits.get(stage.id)
    this.#hits.delete(stage.id)
    // An input that was computed again may have another result.
    if (hit !== undefined && this.#ledger.producersOf(stage).every(({ stage: { id } }) => this.#ledger.stateOf(id).is === 'hit'))
      return Effect.succeed(hit)
    return this.#find(this.#lookupOf(stage))
  }

  /** With the current inputs. */
  computation(stage: Stage, found: ToDo): ComputationRequest {
    const asked = this.#lookupOf(stage)
    return {
      stage,
      found,
      asked,
      lookAgain: this.#find(asked),
      jobFor: (now, attempt) => jobOf(asked, now, attempt, this.#request),
      rank: this.#ranks.get(stage.id)!,
      place: needsWorker(stage.kind) ? placeOf(stage, this.#request.resources.shares !== undefined) : undefined,
      memory: this.#memoryFor(asked),
      retries: this.#request.retries ?? 3,
    }
  }

  /** Optimizer steps of the whole stage. */
  stepsOf(stage: Stage): number {
    return stepsOf(stage, factsOf(stage, this.#request.data))
  }

  /** Whether a result lacks snapshots that the graph needs. */
  lacksSnapshots(stage: Stage, { snapshots }: Pick<StageResult, 'snapshots'>): boolean {
    return this.#snapshotsOf(stage).some((at) => snapshots[snapshotName(at)] === undefined)
  }

  /** Producers of a stage's inputs whose outputs have been found damaged. */
  damagedProducers(stage: Stage): Effect.Effect<Stage[], StoreProblem> {
    const { store } = this.#request
    return fromStore(async () => {
      const damaged: Stage[] = []
      for (const { stage: producer, ref } of this.#ledger.producersOf(stage)) {
        const digest = outputOf(this.#ledger.resultOf(producer.id), ref)
        if (digest !== undefined && (await store.results.whatIsWrongWith(digest)) !== undefined) damaged.push(producer)
      }
      return damaged
    })
  }

  #snapshotsOf({ id }: Stage): readonly Position[] {
    return this.#snapshots.get(id) ?? []
  }

  #lookupOf(stage: Stage): LookupRequest {
    const { engine, threads } = computingOf(stage, this.#request)
    return {
      stage,
      inputs: this.#ledger.inputsOf(stage),
      data: factsOf(stage, this.#request.data),
      snapshots: this.#snapshotsOf(stage),
      numerics: this.#request.elsewhere === true ? undefined : numericsOf(engine, threads),
    }
  }

  #find(asked: LookupRequest): Effect.Effect<Lookup, StoreProblem> {
    return fromStore(() => lookup(this.#request.store, asked))
  }

  /** As requested, or else as estimated. */
  #memoryFor({ stage, inputs, data }: LookupRequest): Effect.Effect<number, StoreProblem> {
    if (stage.resources?.memory !== undefined) return Effect.succeed(stage.resources.memory)
    return fromStore(async () => {
      const topologies = await Promise.all(Object.values(inputs).map((artifact) => topologyOf(this.#request.store.objects, artifact)))
      return memoryEstimate(
        stage,
        topologies.filter((topology) => topology !== undefined),
        data,
      )
    })
  }
}
