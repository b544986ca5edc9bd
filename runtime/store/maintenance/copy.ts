/**
 * Copies the results that one store lacks from another, with their networks, curves and the states that training resumes from. Objects are
 * copied first and the result last, so an interrupted copy leaves a consistent store, and the next call continues where it stopped.
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
  /** Objects written for them, and their bytes. */
  readonly objects: number
  readonly bytes: number
  /** Results that the target already had. */
  readonly present: number
  /** Paths of results that are damaged in the source. */
  readonly damaged: readonly string[]
}

/** Results per query. */
const batch = 200
/** Objects in flight at once. */
const atOnce = 8

/** @param onProgress called with the number of results processed, and their total @throws StoreProblem */
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
      else if (found.found === 'damaged') damaged.add(found.result.path) // the others were removed by gc meanwhile
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
  // So that gc on the target keeps what this machine's pipelines resolve to.
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
  // gc may have removed the object to resume from; the rest of the record is kept.
  const training = known?.state !== undefined && !(await from.objects.has(known.state)) ? { ...known, state: undefined } : known
  const objects: Digest[] = training?.state === undefined ? [] : [training.state]
  for (const artifact of [result.artifact ?? [], Object.values(result.snapshots)].flat())
    objects.push(...(await from.inventory.partsOf(artifact)))
  return { result, training, objects }
}

/** @returns those that could not be read, or whose content does not match their address */
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

/** Source of the users' functions, for explanations. */
async function copyFunctions(from: Store, to: Store, going: readonly Going[]): Promise<void> {
  const named = fingerprintsIn(JSON.stringify(going.map(({ result }) => result.manifest)))
  await to.functions.remember(await from.functions.find(named))
}
