/** Which stages of a run are waiting, done or failed, and what that means for those after them. Plain bookkeeping, no effects. */
import type { Graph, Stage, StageRef } from '../../dsl/stage.ts'
import type { InputDigests } from '../plan/manifest.ts'
import { outputOf } from '../plan/plan.ts'
import type { StageFailure } from '../problem.ts'
import type { StageResult } from '../store/store.ts'

/** A stage's end. */
export type End =
  | { readonly end: 'hit' | 'run' | 'resumed'; readonly result: StageResult }
  | { readonly end: 'failed'; readonly failure: StageFailure }
  /** `because` names the stage whose failure it was. */
  | { readonly end: 'skipped'; readonly because: Stage }
  | { readonly end: 'stopped' }

export class Ledger {
  readonly #stages: ReadonlyMap<string, Stage>
  readonly #ends = new Map<string, End>()
  /** Inputs not finished yet, by stage. */
  readonly #waiting = new Map<string, Set<string>>()

  constructor({ stages }: Graph) {
    this.#stages = new Map(stages.map((stage) => [stage.id, stage]))
    for (const stage of stages) this.#waiting.set(stage.id, new Set(refs(stage).map((ref) => ref.stage)))
  }

  /** Stages without inputs, in the graph's order. */
  first(): Stage[] {
    return [...this.#stages.values()].filter(({ id }) => this.#waiting.get(id)!.size === 0)
  }

  endOf(id: string): End | undefined {
    return this.#ends.get(id)
  }

  get finished(): boolean {
    return this.#ends.size === this.#stages.size
  }

  /** Addresses of a ready stage's inputs, by role. */
  inputsOf(stage: Stage): InputDigests {
    return Object.fromEntries(Object.entries<StageRef>(stage.inputs).map(([role, ref]) => [role, outputOf(this.resultOf(ref.stage), ref)!]))
  }

  resultOf(id: string): StageResult | undefined {
    const end = this.#ends.get(id)
    return end !== undefined && 'result' in end ? end.result : undefined
  }

  /** Notes an end. Returns the stages that became ready, and those that can never be, in the graph's order. */
  finish(stage: Stage, end: End): { readonly ready: readonly Stage[]; readonly skipped: readonly Stage[] } {
    this.#ends.set(stage.id, end)
    const ready: Stage[] = []
    const skipped: Stage[] = []
    const succeeded = 'result' in end
    for (const other of this.#stages.values()) {
      const waiting = this.#waiting.get(other.id)!
      if (this.#ends.has(other.id)) continue
      if (succeeded) {
        if (waiting.delete(stage.id) && waiting.size === 0) ready.push(other)
      } else if (end.end === 'failed' && refs(other).some((ref) => ref.stage === stage.id || skipped.some(({ id }) => id === ref.stage))) {
        this.#ends.set(other.id, { end: 'skipped', because: stage })
        skipped.push(other)
      }
    }
    return { ready, skipped }
  }

  /** Puts finished stages back to be looked up again, with one that needs them waiting: their outputs turned out damaged. */
  redo(consumer: Stage, producers: readonly Stage[]): void {
    for (const { id } of producers) {
      this.#ends.delete(id)
      this.#waiting.get(consumer.id)!.add(id)
    }
  }

  producersOf(stage: Stage): { readonly stage: Stage; readonly ref: StageRef }[] {
    return refs(stage).map((ref) => ({ stage: this.#stages.get(ref.stage)!, ref }))
  }
}

function refs(stage: Stage): StageRef[] {
  return Object.values<StageRef>(stage.inputs)
}
