/**
 * Brings what one store has and another lacks into the other: results with their networks, curves and what trainings continue from. Objects first
 * and the result last, so that whatever ends it leaves a whole store, and the next call goes on where it stopped.
 */
import * as Effect from 'effect/Effect'
import { StoreProblem } from '../../problem.ts'
import type { Digest } from '../address.ts'
import { fingerprintsIn } from '../functions.ts'
import type { StageResult, TrainingRecord } from '../results.ts'
import type { Store } from '../store.ts'

export interface Copied {
  readonly from: string
  readonly to: string
  /** Results that were copied. */
  readonly results: number
  /** Objects that were written for them, and their bytes. */
  readonly objects: number
  readonly bytes: number
  /** Results that were there. */
  readonly present: number
  /** Paths of results that are not whole where they come from. */
  readonly damaged: readonly string[]
}

/** Results that are asked for at once. */
const batch = 200
/** Objects that are on their way at once. */
const atOnce = 8

/** @param onProgress told how many of how many results were looked at @throws StoreProblem */
export async function copy(from: Store, to: Store, onProgress: (done: number, of: number) => void = () => {}): Promise<Copied> {
  const [progress, damaged] = [{ results: 0, objects: 0, bytes: 0, present: 0 }, new Set<string>()]
  const kept = await from.inventory.results()
  for (let first = 0; first < kept.length; first += batch) {
    const keys = kept.slice(first, first + batch).map(({ key }) => key)
    const there = await to.results.findMany(keys)
    const missing = keys.filter((_, i) => there[i]!.found !== 'sound')
    progress.present += keys.length - missing.length
    const going: Going[] = []
    for (const found of await from.results.findMany(missing)) {
      if (found.found === 'sound') going.push(await withObjects(from, found.result))
      else if (found.found === 'damaged') damaged.add(found.result.path) // gc has taken the others meanwhile
    }
    const bad = await copyObjects(from, to, new Set(going.flatMap(({ objects }) => objects)), progress)
    await copyFunctions(from, to, going)
    for (const [i, { result, training, objects }] of going.entries()) {
      onProgress(first + i, kept.length)
      if (objects.some((digest) => bad.has(digest))) {
        damaged.add(result.path)
        continue
      }
      for (const series of await from.results.seriesOf(result.key))
        await to.results.putMetrics(result.key, await from.results.metricsOf(result.key, series))
      await to.results.put(result, { training })
      progress.results++
    }
  }
  // So that gc keeps there what the pipelines of this machine lead to.
  for (const { file, target, keys, elsewhere = false } of await from.journal.targets())
    if (!elsewhere) await to.journal.remember({ file, target, keys: { ...keys, ...(await to.journal.keysOf(file, target)) } })
  onProgress(kept.length, kept.length)
  return { from: from.location, to: to.location, ...progress, damaged: [...damaged].sort() }
}

interface Going {
  readonly result: StageResult
  readonly training: TrainingRecord | undefined
  readonly objects: readonly Digest[]
}

async function withObjects(from: Store, result: StageResult): Promise<Going> {
  const known = await from.results.trainingOf(result)
  // What is left of a training when gc has taken the object to continue from.
  const training = known?.state !== undefined && !(await from.objects.has(known.state)) ? { ...known, state: undefined } : known
  const objects: Digest[] = training?.state === undefined ? [] : [training.state]
  for (const artifact of [result.artifact ?? [], Object.values(result.snapshots)].flat())
    objects.push(...(await from.inventory.partsOf(artifact)))
  return { result, training, objects }
}

/** @returns those that could not be read, or were not what their address says */
async function copyObjects(
  from: Store,
  to: Store,
  digests: Iterable<Digest>,
  progress: { objects: number; bytes: number },
): Promise<ReadonlySet<Digest>> {
  const bad = new Set<Digest>()
  const one = async (digest: Digest) => {
    if (await to.objects.has(digest)) return
    try {
      const content = await from.objects.get(digest)
      await to.objects.put(content)
      progress.objects++
      progress.bytes += content.byteLength
    } catch (problem) {
      if (!(problem instanceof StoreProblem && (problem.kind === 'missing' || problem.kind === 'corrupt'))) throw problem
      bad.add(digest)
    }
  }
  const each = Effect.forEach(digests, (digest) => Effect.tryPromise({ try: () => one(digest), catch: (cause) => cause }), {
    concurrency: atOnce,
    discard: true,
  })
  await Effect.runPromise(each)
  return bad
}

/** What they looked like: for explanations. */
async function copyFunctions(from: Store, to: Store, going: readonly Going[]): Promise<void> {
  const named = fingerprintsIn(JSON.stringify(going.map(({ result }) => result.manifest)))
  await to.functions.remember(await from.functions.find(named))
}
