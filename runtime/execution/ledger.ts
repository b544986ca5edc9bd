/**
 * The state of each stage of a run, and the conditions of its transitions. A transition that the table below does not allow is a bug in the
 * scheduler, and throws. Plain bookkeeping without effects.
 */
import type { Graph, Stage, StageRef } from '../../dsl/graph/stage.ts'
import type { InputDigests } from '../plan/manifest.ts'
import { outputOf } from '../plan/plan.ts'
import type { StageFailure } from '../problem.ts'
import type { StageResult } from '../store/results.ts'
import type { Attachment } from './computations.ts'

export type State =
  /** Some input has no result. */
  | { readonly is: 'blocked' }
  /** Every input has a result; the stage itself has to be looked up. */
  | { readonly is: 'ready' }
  /** Cache miss. Waits for a shorter training that it will continue. */
  | { readonly is: 'behind'; readonly stage: Stage }
  /** Cache miss. A running stage has the same key, and its outcome counts for both. */
  | { readonly is: 'twin'; readonly stage: Stage }
  /** Cache miss, and no other running stage has the same key. */
  | { readonly is: 'running'; readonly key: string; readonly attachment: Attachment }
  | End

/** How a stage ended. */
export type End =
  /** `hit`: the store had its result, or another process computed it. `resumed`: computed here, from a checkpoint. */
  | { readonly is: 'hit' | 'run' | 'resumed'; readonly result: StageResult }
  | { readonly is: 'failed'; readonly failure: StageFailure }
  /** A stage that it needs has failed. */
  | { readonly is: 'skipped' }
  /** The run was stopped before the stage ended. */
  | { readonly is: 'stopped' }

/** Allowed previous states of each state. */
const before: Readonly<Record<State['is'], readonly State['is'][]>> = {
  // An input is damaged, and is computed again.
  blocked: ['ready', 'behind', 'twin', 'running'],
  // From a result: its own output is damaged. From running: the result lacks a snapshot.
  ready: ['blocked', 'behind', 'twin', 'running', 'hit', 'run', 'resumed'],
  behind: ['ready'],
  twin: ['ready'],
  running: ['ready'],
  hit: ['ready', 'running'],
  run: ['running'],
  resumed: ['running'],
  failed: ['running', 'twin'],
  skipped: ['blocked'],
  stopped: ['running', 'twin'],
}

const underWay: readonly State['is'][] = ['blocked', 'ready', 'behind', 'twin', 'running']

interface Entry {
  readonly stage: Stage
  state: State
  /** Inputs without a result, by stage id. */
  readonly open: Set<string>
  /** Stages with an input from this one, in the graph's order. */
  readonly consumers: Entry[]
  /** Stages that are `behind` it, or its twins. */
  readonly waiting: Set<Entry>
  /** Its inputs have been computed again for it: at most once. */
  repaired: boolean
}

export class Ledger {
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #counts = new Map<State['is'], number>()
  /** By key. */
  readonly #running = new Map<string, Entry>()

  constructor({ stages }: Graph) {
    this.#entries = new Map(
      stages.map((stage): [string, Entry] => {
        const open = new Set(Object.values<StageRef>(stage.inputs).map((ref) => ref.stage))
        const state: State = { is: open.size === 0 ? 'ready' : 'blocked' }
        this.#count(state, 1)
        return [stage.id, { stage, state, open, consumers: [], waiting: new Set(), repaired: false }]
      }),
    )
    for (const entry of this.#entries.values()) for (const id of entry.open) this.#entry(id).consumers.push(entry)
  }

  stateOf(id: string): State {
    return this.#entry(id).state
  }

  count(is: State['is']): number {
    return this.#counts.get(is) ?? 0
  }

  /** Whether every stage has ended. */
  get finished(): boolean {
    return underWay.every((is) => this.count(is) === 0)
  }

  /** In the graph's order. */
  ready(): Stage[] {
    return [...this.#entries.values()].filter(({ state }) => state.is === 'ready').map(({ stage }) => stage)
  }

  /** Of running stages. */
  attachments(): Attachment[] {
    return [...this.#running.values()].flatMap(({ state }) => (state.is === 'running' ? [state.attachment] : []))
  }

  runningWith(key: string): Stage | undefined {
    return this.#running.get(key)?.stage
  }

  twinsOf({ id }: Stage): Stage[] {
    return this.#waitingFor(this.#entry(id), 'twin').map(({ stage }) => stage)
  }

  hasEnded(id: string): boolean {
    return !underWay.includes(this.stateOf(id).is)
  }

  resultOf(id: string): StageResult | undefined {
    const state = this.stateOf(id)
    return 'result' in state ? state.result : undefined
  }

  /** Addresses of the inputs, by role. @throws TypeError when one has no result */
  inputsOf({ path, inputs }: Stage): InputDigests {
    return Object.fromEntries(
      Object.entries<StageRef>(inputs).map(([role, ref]) => {
        const address = outputOf(this.resultOf(ref.stage), ref)
        if (address === undefined) throw new TypeError(`${path} has no ${role} yet`)
        return [role, address]
      }),
    )
  }

  producersOf({ inputs }: Stage): { readonly stage: Stage; readonly ref: StageRef }[] {
    return Object.values<StageRef>(inputs).map((ref) => ({ stage: this.#entry(ref.stage).stage, ref }))
  }

  run(stage: Stage, key: string, attachment: Attachment): void {
    this.#move(this.#entry(stage.id), { is: 'running', key, attachment })
  }

  /** @param as why it waits for the other one */
  wait(stage: Stage, as: 'behind' | 'twin', other: Stage): void {
    const entry = this.#entry(stage.id)
    this.#move(entry, { is: as, stage: other })
    this.#entry(other.id).waiting.add(entry)
  }

  /** Makes the stage and its twins ready for another lookup. Returns them. */
  again(stage: Stage): Stage[] {
    const entry = this.#entry(stage.id)
    return this.#makeReady([entry, ...this.#waitingFor(entry, 'twin')])
  }

  /** Records an end. Returns the stages that became ready, and the skipped ones, producers before consumers. */
  finish(stage: Stage, end: End): { readonly ready: readonly Stage[]; readonly skipped: readonly Stage[] } {
    const entry = this.#entry(stage.id)
    this.#move(entry, end)
    const waiting = this.#waitingFor(entry, 'result' in end ? undefined : 'behind')
    if (end.is === 'failed') return { ready: this.#makeReady(waiting), skipped: this.#skipAfter(entry) }
    if (!('result' in end)) return { ready: this.#makeReady(waiting), skipped: [] }
    const open = entry.consumers.filter((consumer) => consumer.open.delete(stage.id) && consumer.state.is === 'blocked')
    return { ready: this.#makeReady([...open.filter((consumer) => consumer.open.size === 0), ...waiting]), skipped: [] }
  }

  /**
   * Handles a damaged input that a running stage has found: its producers run first. Returns the stages that are ready, or undefined when
   * that would not help: no producer has to run again, or they already did for this stage.
   * @param damaged producers whose output is damaged
   */
  repair(stage: Stage, damaged: readonly Stage[]): Stage[] | undefined {
    const entry = this.#entry(stage.id)
    const producers = this.producersOf(stage).map((producer) => producer.stage.id)
    const pending = producers.filter((id) => damaged.some((one) => one.id === id) || !this.hasEnded(id))
    if (pending.length === 0 || entry.repaired) return undefined
    entry.repaired = true
    const ready = this.#makeReady(this.#waitingFor(entry, 'twin'))
    this.#move(entry, { is: 'blocked' })
    for (const id of pending) {
      const producer = this.#entry(id)
      if (this.hasEnded(id)) ready.push(...this.#makeReady([producer]))
      for (const consumer of producer.consumers) {
        if (['ready', 'behind', 'twin'].includes(consumer.state.is)) this.#move(consumer, { is: 'blocked' })
        if (consumer.state.is === 'blocked') consumer.open.add(id)
      }
    }
    return ready.filter(({ id }) => this.stateOf(id).is === 'ready')
  }

  #skipAfter(failed: Entry): Stage[] {
    const skipped: Stage[] = []
    for (let last = [failed]; last.length > 0; ) {
      last = [...new Set(last.flatMap(({ consumers }) => consumers))].filter(({ state }) => state.is === 'blocked')
      for (const entry of last) this.#move(entry, { is: 'skipped' })
      skipped.push(...last.map(({ stage }) => stage))
    }
    return skipped
  }

  #waitingFor({ waiting }: Entry, as?: 'behind' | 'twin'): Entry[] {
    return [...waiting].filter(({ state }) => as === undefined || state.is === as)
  }

  #makeReady(entries: readonly Entry[]): Stage[] {
    for (const entry of entries) this.#move(entry, { is: 'ready' })
    return entries.map(({ stage }) => stage)
  }

  #move(entry: Entry, to: State): void {
    const { stage, state } = entry
    const allowed =
      before[to.is].includes(state.is) &&
      (to.is !== 'ready' || entry.open.size === 0) &&
      (to.is !== 'running' || !this.#running.has(to.key)) &&
      ((to.is !== 'behind' && to.is !== 'twin') || !this.hasEnded(to.stage.id))
    if (!allowed) throw new TypeError(`${stage.path} is ${state.is} and cannot become ${to.is} now`)
    this.#count(state, -1)
    this.#count(to, 1)
    if (state.is === 'running') this.#running.delete(state.key)
    else if (state.is === 'behind' || state.is === 'twin') this.#entry(state.stage.id).waiting.delete(entry)
    if (to.is === 'running') this.#running.set(to.key, entry)
    entry.state = to
  }

  #count({ is }: State, by: 1 | -1): void {
    this.#counts.set(is, this.count(is) + by)
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new TypeError(`no stage has the id ${id}`)
    return entry
  }
}
