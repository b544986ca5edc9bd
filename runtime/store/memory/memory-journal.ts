/** Runs in memory. An unfinished run whose store is closed counts as killed. */

import { canonical } from '../../../dsl/check/canonical.ts'
import type { Journal, KnownStage, RunEntry } from '../journal.ts'
import { stagesIn } from '../run-stages.ts'
import type { MemoryWorld } from './memory-world.ts'

export function memoryJournal(world: MemoryWorld, by: string, readOnly: boolean): Journal {
  const entryOf = (id: number): RunEntry | undefined => {
    const run = world.runs[id - 1]
    if (run === undefined) return undefined
    const { begun, end } = run
    const status = end?.status ?? (world.open.has(run.by) ? 'running' : 'killed')
    return { id, ...begun, status, seconds: end?.seconds ?? null, stages: end?.counts ?? null }
  }
  const stagesOf = (id: number) => world.runs[id - 1]?.end?.stages ?? stagesIn(world.runs[id - 1]?.log ?? [])
  const numbers = () => world.runs.map((_, i) => world.runs.length - i)
  const remember: Journal['remember'] = async (target) => {
    if (!readOnly) world.targets.set(canonical([target.file, target.target]), target)
  }
  return {
    begin: async (begun) => world.runs.push({ begun, by, log: [] }),
    async write(run, events) {
      for (const { event, time } of events) {
        const result = event.event === 'stage-done' ? world.results.get(event.key) : undefined
        const line = { time: new Date(time).toISOString(), ...event, ...(result === undefined ? {} : { result }) }
        world.runs[run - 1]!.log.push(JSON.parse(JSON.stringify(line)))
      }
    },
    async finish(run, end) {
      world.runs[run - 1]!.end = end
      for (const { path, key, outcome } of end.stages) if (outcome === 'hit' && key !== null) world.use(path, key)
      await remember(end.target)
    },

    async runs({ status, file, most } = {}) {
      const all = numbers().flatMap((id) => entryOf(id) ?? [])
      return all.filter((run) => (status === undefined || run.status === status) && run.file.includes(file ?? '')).slice(0, most)
    },
    run: async (id) => entryOf(id),
    stagesOf: async (id) => stagesOf(id),
    readLog: async (id) => world.runs[id - 1]?.log ?? [],
    followLog(id) {
      let read = 0
      return async () => {
        const fresh = (world.runs[id - 1]?.log ?? []).slice(read)
        read += fresh.length
        return fresh
      }
    },
    whereIs: (run) => `runs/${run}`,

    async outcomesOf(key) {
      const met = numbers().flatMap((run) => stagesOf(run).map((stage) => ({ ...stage, run })))
      return met
        .filter((stage) => stage.key === key)
        .map(({ run, outcome, because }) => ({ run, outcome, because }))
        .slice(0, 20)
    },
    async places() {
      const last = new Map<string, KnownStage>()
      const note = (stage: KnownStage) => last.set(stage.path, last.get(stage.path) ?? stage)
      for (const run of numbers()) for (const { path, key } of stagesOf(run)) if (key !== null) note({ path, key })
      for (const [path, keys] of world.places) note({ path, key: [...keys].at(-1)! })
      return [...last.values()]
    },
    async beginningWith(digits) {
      const met = numbers().flatMap(stagesOf)
      return met.flatMap(({ path, key }) => (key?.startsWith(digits) ? [{ path, key }] : []))
    },

    targets: async () => [...world.targets.values()],
    keysOf: async (file, target) => world.targets.get(canonical([file, target]))?.keys,
    remember,
  }
}
