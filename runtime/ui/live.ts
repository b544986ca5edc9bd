/** Polls the stores and streams changes and the progress of runs to all open pages (server-sent events). */
import type { ServerResponse } from 'node:http'
import { jsonText } from '../format/json.ts'
import { computing } from '../format/words.ts'
import type { LiveRun, StageState, Told, Topic } from '../page/data.ts'
import type { RunEvent } from '../run-event.ts'
import type { Journal, LogLine, RunEntry } from '../store/journal.ts'
import { isRunStart, isStageEvent } from '../store/run-stages.ts'
import type { Store } from '../store/store.ts'
import { type Expected, Progress } from '../views/progress.ts'
import type { Project } from './project.ts'

/** Milliseconds between polls while a page is connected. */
const lookEvery = 200
/** Milliseconds between progress updates if nothing else changed. */
const tellEvery = 600
/** Number of newest runs that are polled for changes. */
const newest = 50
/** TTL of a list of runs without changes, in milliseconds. */
const listCounts = 1000
/** Milliseconds after which all runs are read again: the status of an old run can still change if its process is killed. */
const allCount = 30_000
/** Most unsent bytes per client. A client that does not keep up is disconnected, and reconnects by itself. */
const mostWaiting = 4 * 1024 * 1024

interface Followed {
  readonly entry: RunEntry
  readonly read: () => Promise<readonly LogLine[]>
  readonly progress: Progress
  readonly states: Map<string, StageState>
  /** Keys of the running stages, by path. */
  readonly running: Map<string, string>
  /** Slots and threads that compute the run, as text; empty until its start event. */
  by: string
}

interface RunList {
  readonly at: number
  /** Ids and statuses of the newest runs. */
  readonly list: string | undefined
  readonly runs: Promise<readonly RunEntry[]>
  readonly readAll: number
}

export class Live {
  readonly #stores: readonly Store[]
  readonly #project: Project | undefined
  readonly #readers = new Set<ServerResponse>()
  /** Runs being followed, by store and run number. */
  readonly #followed = new Map<string, Followed>()
  readonly #lists = new Map<number, string>()
  readonly #runLists = new Map<number, RunList>()
  readonly #versions = new Map<Topic, number>()
  readonly #gone = new Set<number>()
  #looking = false
  #timer: NodeJS.Timeout | undefined
  #lastRuns = ''
  #lastTold = 0

  constructor(stores: readonly Store[], project: Project | undefined) {
    this.#stores = stores
    this.#project = project
  }

  /** All runs of a store. Read in full once; later only the newest are read again, after a change or when the TTL has expired. */
  runsOf(number: number, { journal }: Store): Promise<readonly RunEntry[]> {
    const known = this.#runLists.get(number)
    const [now, list] = [performance.now(), this.#lists.get(number)]
    if (known !== undefined && now - known.at < listCounts && known.list === list) return known.runs
    const all = known === undefined || now - known.readAll > allCount
    const runs = all ? journal.runs() : known.runs.then((before) => withNewest(before, journal))
    this.#runLists.set(number, { at: now, list, runs, readAll: all ? now : known.readAll })
    runs.catch(() => this.#runLists.delete(number))
    return runs
  }

  /** Streams events to a page until it disconnects. */
  listen(response: ServerResponse): void {
    response.write('retry: 1000\n\n')
    this.#readers.add(response)
    response.on('close', () => {
      this.#readers.delete(response)
      if (this.#readers.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    })
    if (this.#lastRuns !== '') response.write(this.#lastRuns)
    this.#timer ??= setInterval(() => void this.look(), lookEvery)
    void this.look()
  }

  tell(what: readonly Topic[]): void {
    for (const topic of what) this.#versions.set(topic, (this.#versions.get(topic) ?? 0) + 1)
    if (what.length > 0) this.#send({ told: 'changed', what })
  }

  /** A number that changes whenever one of the topics does. */
  versionOf(topics: readonly Topic[]): number {
    return topics.reduce((sum, topic) => sum + (this.#versions.get(topic) ?? 0), 0)
  }

  /** States of stages in the followed runs of the page's file; later runs take precedence. */
  async states(): Promise<ReadonlyMap<string, StageState>> {
    await this.look()
    const own = [...this.#followed.values()].filter(({ entry }) => entry.file === this.#project?.path)
    return new Map(own.sort((a, b) => a.entry.id - b.entry.id).flatMap(({ states }) => [...states]))
  }

  close(): void {
    clearInterval(this.#timer)
    for (const reader of this.#readers) reader.end()
  }

  /** Polls every store once. Errors are ignored, such as those of a temporarily unavailable disk: the next poll retries. */
  async look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const changed = new Set<Topic>()
      for (const [i, store] of this.#stores.entries()) for (const topic of await this.#lookAt(i, store)) changed.add(topic)
      this.tell([...changed])
      const now = performance.now()
      if (changed.size === 0 && now - this.#lastTold < tellEvery) return
      this.#lastTold = now
      const runs = await this.#runs()
      const text = frame({ told: 'live', runs })
      if (text !== this.#lastRuns && (runs.length > 0 || this.#lastRuns !== '')) this.#write(text)
      this.#lastRuns = text
    } catch {
    } finally {
      this.#looking = false
    }
  }

  async #lookAt(number: number, store: Store): Promise<Set<Topic>> {
    const changed = new Set<Topic>()
    const gone = store.isGone?.() === true
    if (gone !== this.#gone.has(number)) changed.add('site')
    this.#gone[gone ? 'add' : 'delete'](number)
    const runs = await store.journal.runs({ most: newest })
    const list = JSON.stringify(runs.map(({ id, status }) => [id, status]))
    if (this.#lists.has(number) && this.#lists.get(number) !== list)
      for (const topic of ['runs', 'run', 'plan'] as const) changed.add(topic)
    this.#lists.set(number, list)
    for (const entry of [...runs, ...(await this.#older(number, store, runs.at(-1)?.id ?? 0))]) {
      const name = `${number}:${entry.id}`
      if (entry.status === 'running' && !this.#followed.has(name)) this.#followed.set(name, await this.#follow(store, entry))
      const followed = this.#followed.get(name)
      if (followed === undefined) continue
      const lines = await followed.read()
      for (const line of lines) note(followed, line)
      if (lines.length > 0) for (const topic of ['run', 'graph'] as const) changed.add(topic)
      if (lines.some(({ event }) => event === 'stage-done')) {
        changed.add('study')
        if (number === 0) this.#project?.storeChanged()
      }
      if (entry.status !== 'running') this.#followed.set(name, { ...followed, entry })
    }
    return changed
  }

  /** Followed runs that are no longer among the newest, which begin at `oldest`; those that had ended are forgotten. */
  async #older(number: number, { journal }: Store, oldest: number): Promise<readonly RunEntry[]> {
    const older: RunEntry[] = []
    for (const [name, { entry }] of this.#followed) {
      if (!name.startsWith(`${number}:`) || entry.id >= oldest) continue
      const now = entry.status === 'running' ? await journal.run(entry.id) : undefined
      if (now === undefined) this.#followed.delete(name)
      else older.push(now)
    }
    return older
  }

  async #follow({ journal }: Store, entry: RunEntry): Promise<Followed> {
    let expected: readonly Expected[] = []
    if (entry.file === this.#project?.path) expected = await this.#project!.expected().catch(() => [])
    return {
      entry,
      read: journal.followLog(entry.id),
      progress: new Progress(expected),
      states: new Map(),
      running: new Map(),
      by: '',
    }
  }

  async #runs(): Promise<readonly LiveRun[]> {
    const now = Date.now()
    const live: LiveRun[] = []
    for (const [name, { entry, progress, running, by }] of this.#followed) {
      if (entry.status !== 'running') continue
      const store = Number(name.split(':')[0])
      for (const [path, key] of running) await noteProgress(this.#stores[store]!, path, key, progress, now)
      live.push({ store, run: entry.id, file: entry.file, target: entry.target, computing: by, progress: progress.view(now) })
    }
    return live
  }

  #send(told: Told): void {
    this.#write(frame(told))
  }

  #write(text: string): void {
    for (const reader of this.#readers)
      if (reader.writableLength > mostWaiting) reader.destroy()
      else reader.write(text)
  }
}

async function withNewest(before: readonly RunEntry[], journal: Journal): Promise<readonly RunEntry[]> {
  const fresh = await journal.runs({ most: newest })
  const oldest = fresh.at(-1)?.id ?? 0
  // There may be runs between the known and the newest ones.
  if (fresh.length === newest && oldest > (before[0]?.id ?? 0) + 1) return journal.runs()
  return [...fresh, ...(fresh.length < newest ? [] : before.filter(({ id }) => id < oldest))]
}

const frame = (told: Told): string => `data: ${jsonText(told)}\n\n`

const stateAfter = {
  hit: 'done',
  'stage-start': 'running',
  'stage-done': 'done',
  'stage-failed': 'failed',
  'stage-skipped': 'skipped',
  'stage-stopped': 'stopped',
} as const

function note(followed: Followed, line: LogLine): void {
  const time = typeof line.time === 'string' ? Date.parse(line.time) : Number.NaN
  const at = Number.isFinite(time) ? time : Date.now()
  const { event, path } = line
  if (isRunStart(line)) {
    followed.by = computing(line)
    followed.progress.note(line, at)
  }
  if (event === 'stage-stopped' && typeof path === 'string') {
    followed.states.set(path, 'stopped')
    followed.running.delete(path)
    followed.progress.note({ event, path, step: 0, steps: 0 }, at)
  }
  if (!isStageEvent(line)) return
  const told: RunEvent = line
  followed.progress.note(told, at)
  if (!('path' in told) || !(told.event in stateAfter)) return
  followed.states.set(told.path, stateAfter[told.event as keyof typeof stateAfter])
  if (told.event === 'stage-start') followed.running.set(told.path, told.key)
  else followed.running.delete(told.path)
}

/** Reads a stage's progress from its lease, where the process that computes it publishes it. */
async function noteProgress({ leases }: Store, path: string, key: string, progress: Progress, now: number): Promise<void> {
  const told = Object((await leases.holderOf(key))?.progress) as { readonly [name: string]: unknown }
  const number = (name: string) => (typeof told[name] === 'number' ? told[name] : undefined)
  const [step, steps] = [number('step'), number('steps')]
  if (step === undefined || steps === undefined) return
  const optional = Object.fromEntries(
    ['loss', 'accuracy', 'stepsPerSecond'].flatMap((name) => (number(name) === undefined ? [] : [[name, number(name)]])),
  )
  progress.note({ event: 'progress', path, step, steps, epoch: number('epoch') ?? 0, epochs: number('epochs') ?? 0, ...optional }, now)
}
