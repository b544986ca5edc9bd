/** Which stages of a run are waiting, done or failed, and what that means for those after them. Plain bookkeeping, no effects. */
import type { Graph, Stage, StageRef } from '../../dsl/graph/stage.ts'
import type { InputDigests } from '../plan/manifest.ts'
import { outputOf } from '../plan/plan.ts'
import type { StageFailure } from '../problem.ts'
import type { StageResult } from '../store/results.ts'

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
  /** Stages with an input from a stage, in the graph's order. */
  readonly #consumers = new Map<string, Stage[]>()

  constructor({ stages }: Graph) {
    this.#stages = new Map(stages.map((stage) => [stage.id, stage]))
    for (const stage of stages) {
      const inputs = new Set(refs(stage).map((ref) => ref.stage))
      this.#waiting.set(stage.id, inputs)
      for (const id of inputs) {
        const consumers = this.#consumers.get(id)
        if (consumers === undefined) this.#consumers.set(id, [stage])
        else consumers.push(stage)
      }
    }
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

  /** Notes an end. Returns the stages that became ready, and those that can never be, inputs before their users. */
  finish(stage: Stage, end: End): { readonly ready: readonly Stage[]; readonly skipped: readonly Stage[] } {
    this.#ends.set(stage.id, end)
    if (end.end === 'failed') return { ready: [], skipped: this.#skipAfter(stage) }
    if (!('result' in end)) return { ready: [], skipped: [] }
    const open = this.#openAfter(stage)
    for (const { id } of open) this.#waiting.get(id)!.delete(stage.id)
    return { ready: open.filter(({ id }) => this.#waiting.get(id)!.size === 0), skipped: [] }
  }

  #skipAfter(failed: Stage): Stage[] {
    const skipped: Stage[] = []
    let last: Stage[] = [failed]
    while (last.length > 0) {
      const next = last.flatMap((stage) => this.#openAfter(stage))
      last = next.filter(({ id }, i) => next.findIndex((other) => other.id === id) === i)
      for (const stage of last) this.#ends.set(stage.id, { end: 'skipped', because: failed })
      skipped.push(...last)
    }
    return skipped
  }

  /** Users of a stage that have not ended. */
  #openAfter({ id }: Stage): Stage[] {
    return (this.#consumers.get(id) ?? []).filter((consumer) => !this.#ends.has(consumer.id))
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
