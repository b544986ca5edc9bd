/** Results in memory. */
import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import { mean } from '../../../stdlib/metrics/spread.ts'
import { StoreProblem } from '../../problem.ts'
import { checkedKey, type Digest, hexOf } from '../address.ts'
import { readParts } from '../artifact.ts'
import type { KnownStage } from '../journal.ts'
import type { Objects } from '../objects.ts'
import type { FoundResult, Results, StageDuration, StageResult } from '../results.ts'
import type { MemoryWorld } from './memory-world.ts'

export function memoryResults(world: MemoryWorld, objects: Objects, writable: () => void): Results {
  async function whatIsWrongWith(artifact: Digest): Promise<string | undefined> {
    let object = artifact
    try {
      const { topology, weights, masks } = await readParts(objects, artifact)
      for (object of [topology, weights, ...(masks === null ? [] : [masks])]) await objects.get(object)
      return undefined
    } catch (problem) {
      if (!(problem instanceof StoreProblem)) throw problem
      const setAside = world.files.read(`quarantine/${hexOf(object)}`) !== undefined
      return problem.kind === 'missing' && !setAside ? 'missing' : 'damaged'
    }
  }

  async function find(key: string): Promise<FoundResult> {
    const stored = world.results.get(checkedKey(key))
    if (stored === undefined) return { found: 'none' }
    const wrong = stored.artifact === undefined ? undefined : await whatIsWrongWith(stored.artifact)
    const snapshots: { [epoch: string]: Digest } = {}
    for (const [epoch, digest] of Object.entries(stored.snapshots))
      if ((await whatIsWrongWith(digest)) === undefined) snapshots[epoch] = digest
    const result = { ...stored, snapshots }
    return wrong === undefined ? { found: 'sound', result } : { found: 'damaged', result, reason: wrong }
  }

  return {
    find,
    async findMany(keys) {
      const found: FoundResult[] = []
      for (const key of keys) found.push(await find(key))
      return found
    },
    get: async (key) => world.results.get(key),
    count: async () => world.results.size,
    whatIsWrongWith,

    async put(result, { lease, training } = {}) {
      writable()
      const { key, path, artifact, snapshots, numerics } = result
      canonical([result.manifest, result.metrics]) // throws on values that are not JSON
      if (lease !== undefined && !world.holds(lease)) return false
      if (lease !== undefined) world.leases.delete(lease.key)
      const before = world.results.get(checkedKey(key))
      world.results.set(key, { ...result, snapshots: { ...(before?.artifact === artifact ? before?.snapshots : {}), ...snapshots } })
      world.use(path, key)
      if (training === undefined) return true
      world.epochWeights.set(key, { ...world.epochWeights.get(key), ...training.weights })
      const { prefix, epochs, state } = training
      if (prefix === undefined || numerics === undefined || artifact === undefined) return true
      const ended = [...Object.entries(snapshots).filter(([epoch]) => /^\d+$/.test(epoch)), [epochs, artifact] as const]
      for (const [epoch, digest] of ended)
        world.trainings.push({
          prefix,
          numerics: canonical({ ...numerics }),
          epoch: Number(epoch),
          artifact: digest,
          state: epoch === epochs ? state : undefined,
        })
      return true
    },

    async trainingStates(prefix, numerics) {
      const alike = world.trainings.filter((each) => each.prefix === prefix)
      const under = numerics === undefined ? alike : alike.filter((each) => each.numerics === canonical({ ...numerics }))
      const sound = []
      for (const { epoch, artifact, state } of under.toSorted((a, b) => a.epoch - b.epoch))
        if ((await whatIsWrongWith(artifact)) === undefined)
          sound.push({ epoch, artifact, state: state !== undefined && (await objects.has(state)) ? state : undefined })
      return sound
    },
    async trainingOf({ key, artifact, numerics }) {
      const weights = world.epochWeights.get(key)
      if (weights === undefined) return undefined
      const under = numerics === undefined ? undefined : canonical({ ...numerics })
      const ended = world.trainings.filter((each) => each.artifact === artifact && each.numerics === under)
      const { prefix, epoch = 0, state } = ended.find((each) => each.state !== undefined) ?? ended.at(-1) ?? {}
      return { prefix, epochs: epoch, state, weights }
    },
    epochWeights: async (key) => world.epochWeights.get(key) ?? {},

    async putMetrics(key, points, lease) {
      if (points.length === 0) return
      writable()
      if (lease !== undefined && !world.holds(lease)) return
      const series = world.metrics.get(checkedKey(key)) ?? new Map<string, Map<number, number>>()
      for (const point of points) series.set(point.series, (series.get(point.series) ?? new Map()).set(point.step, point.value))
      world.metrics.set(key, series)
    },
    async metricsOf(key, series) {
      const points = [...(world.metrics.get(checkedKey(key))?.get(series) ?? [])]
      return points.sort(([a], [b]) => a - b).map(([step, value]) => ({ series, step, value }))
    },
    async curveOf(key, series, { from = 0, to = Number.MAX_SAFE_INTEGER, most }) {
      const all = [...(world.metrics.get(checkedKey(key))?.get(series) ?? [])].sort(([a], [b]) => a - b)
      const within = all.filter(([step]) => step >= from && step <= to)
      const first = Math.max(from, all[0]?.[0] ?? 0)
      const width = Math.max(1, Math.ceil((Math.min(to, all.at(-1)?.[0] ?? 0) - first + 1) / most))
      const groups = Map.groupBy(
        within.filter(([, value]) => !Number.isNaN(value)),
        ([step]) => Math.floor((step - first) / width),
      )
      const pieces = [...groups.values()].map((group) => {
        const values = group.map(([, value]) => value)
        return { step: group[0]![0], mean: mean(values), low: Math.min(...values), high: Math.max(...values) }
      })
      return { points: all.length, pieces }
    },
    seriesOf: async (key) => [...(world.metrics.get(checkedKey(key))?.keys() ?? [])].sort(),

    async earlierManifests(paths) {
      return paths.map((path) => {
        const keys = [...(world.places.get(path) ?? [])].reverse().slice(0, 16)
        return keys.flatMap((key) => world.results.get(key)?.manifest ?? [])
      })
    },
    async lastDurations(places) {
      return places.map(({ path, kind }) => {
        const led = [...(world.places.get(path) ?? [])].reverse().flatMap((key) => world.results.get(key) ?? [])
        return led
          .filter((result) => result.kind === kind)
          .map(durationOf)
          .at(0)
      })
    },
    async durations(kind) {
      const results = [...world.results.values()].filter((result) => result.kind === kind)
      return results.slice(0, 200).map(durationOf)
    },
    async lastUsed(most) {
      const used = [...world.uses].sort(([, a], [, b]) => b - a).slice(0, most)
      return used.flatMap(([key]) => {
        const result = world.results.get(key)
        if (result === undefined) return []
        const { path, kind, manifest } = result
        return [{ key, path, kind, inputs: partOf(manifest, 'inputs') }]
      })
    },
    async beginningWith(digits): Promise<readonly KnownStage[]> {
      const results = [...world.results.values()]
      return results.filter(({ key, artifact }) => key.startsWith(digits) || artifact?.startsWith(`sha256:${digits}`))
    },
    async makerOf(artifact) {
      const results = [...world.results.values()].sort((a, b) => a.finished - b.finished)
      const keeps = ({ snapshots }: StageResult) => Object.values(snapshots).includes(artifact)
      return (results.find((result) => result.artifact === artifact) ?? results.find(keeps))?.path
    },
  }
}

const partOf = (manifest: Json, part: string): Json => (manifest as { readonly [part: string]: Json })[part] ?? null

const durationOf = ({ seconds, manifest }: StageResult): StageDuration => ({ seconds, options: partOf(manifest, 'options') })
