/** Routes for stages: all facts of one, its curves, log, masks and files; comparisons; pins. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { ComparedRuns, CurveColumns, LogPage, StagePage } from '../page/data.ts'
import { nearestIn } from '../plan/explain.ts'
import { keyOf } from '../plan/manifest.ts'
import type { Digest } from '../store/address.ts'
import type { KnownStage } from '../store/journal.ts'
import { overviewPieces } from '../store/results.ts'
import type { Store } from '../store/store.ts'
import { compareRuns, compareStages, type RunComparison } from '../views/compare.ts'
import { find, findStage } from '../views/find.ts'
import { maskPictures } from '../views/masks.ts'
import { historyProblems } from '../views/problems.ts'
import { stageOptions } from '../views/stage-options.ts'
import { stageFacts } from '../views/stage-record.ts'
import { whyView } from '../views/why.ts'
import { Download, type Route, storeAsked } from './context.ts'
import { uiProblems } from './problems.ts'

export const stage: Route = async (context, query): Promise<StagePage> => {
  const store = storeAsked(context, query)
  const name = query.required('stage')
  // A full key is looked up directly; a prefix requires a search.
  const known = (/^[0-9a-f]{64}$/.test(name) ? await store.results.get(name) : undefined) ?? (await findStage(store, name))
  const facts = await stageFacts(store, known)
  const kind = facts.result?.kind ?? ''
  return {
    stage: facts,
    kind,
    options: stageOptions(kind, facts.result?.manifest),
    series: await store.results.seriesOf(known.key),
    why: facts.result === undefined ? null : await whyIn(store, known, facts.result.manifest),
  }
}

/** Differences from the most similar other result of the same place. */
async function whyIn(store: Store, { path, key }: KnownStage, manifest: Json): Promise<StagePage['why']> {
  const [ofPlace = []] = await store.results.earlierManifests([path])
  const others = ofPlace.filter((earlier) => keyOf(earlier) !== key)
  const [nearest] = await nearestIn(store, [{ earlier: others, now: manifest }])
  if (nearest === undefined) return null
  const other = keyOf(nearest.manifest)
  const compared = { key: other, finished: (await store.results.get(other))?.finished }
  const { differences } = whyView({ stage: { path, key } as never, compared, differences: nearest.differences, after: [] })
  return { compared, differences }
}

/** Stages whose paths contain the text, to choose from. */
export const stages: Route = async (context, query): Promise<readonly KnownStage[]> => {
  const text = query.text('text')?.toLowerCase() ?? ''
  const places = await storeAsked(context, query).journal.places()
  return places.filter(({ path }) => path.toLowerCase().includes(text)).slice(0, 50)
}

export const curve: Route = async (context, query): Promise<CurveColumns> => {
  const { results } = storeAsked(context, query)
  const ends = { standard: 0, most: Number.MAX_SAFE_INTEGER }
  const [from, to] = [query.whole('from', ends), query.whole('to', { ...ends, standard: ends.most })]
  const { points, pieces } = await results.curveOf(query.key('key'), query.required('series'), { from, to, most: overviewPieces })
  const drawn = pieces.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
  return {
    points,
    steps: drawn.map(({ step }) => step),
    mean: drawn.map(({ mean }) => mean),
    low: drawn.map(({ low }) => low),
    high: drawn.map(({ high }) => high),
  }
}

const logPage = { standard: 64 * 1024, most: 256 * 1024 }

/** The end of the log, or of the part before `end`. Offsets are in characters. */
export const log: Route = async (context, query): Promise<LogPage> => {
  const { logs } = storeAsked(context, query)
  const key = query.key('key')
  const all = logs.read(key)
  if (all === undefined) throw historyProblems.noLog(key, logs.whereIs(key))
  const end = query.whole('end', { standard: all.length, most: Number.MAX_SAFE_INTEGER })
  const from = Math.max(0, Math.min(end, all.length) - query.whole('most', logPage))
  return { text: all.slice(from, end), before: from, of: all.length }
}

const mostSent = 256 * 1024 * 1024

export const object: Route = async (context, query) => {
  const { objects } = storeAsked(context, query)
  const digest: Digest = query.digest('digest')
  const { file, bytes } = await objects.whereIs(digest)
  if (bytes !== null && bytes > mostSent) throw uiProblems.tooLarge(bytes, mostSent, file)
  return new Download(`${digest.slice(7, 19)}.bin`, await objects.get(digest))
}

export const compare: Route = async (context, query) => {
  const store = storeAsked(context, query)
  const [a, b] = [query.required('a'), query.required('b')]
  const [one, other] = [await find(store, a), await find(store, b)]
  if (one.found === 'run' && other.found === 'run') return bounded(await compareRuns(store, one.run, other.run))
  if (one.found === 'stage' && other.found === 'stage') return compareStages(store, one.stage, other.stage)
  throw one.found === 'run' ? historyProblems.notAlike(a, b) : historyProblems.notAlike(b, a)
}

const mostCompared = 300

function bounded(found: RunComparison): ComparedRuns {
  const differing = found.stages.filter(({ same, key }) => !same && (key.a !== null || key.b !== null))
  return { ...found, stages: differing.slice(0, mostCompared), same: found.stages.length - differing.length, differing: differing.length }
}

/** Mask images of the stage's result. */
export const masks: Route = async (context, query) => {
  const store = storeAsked(context, query)
  return maskPictures(store, await findStage(store, query.key('key')))
}

export const pin: Route = async (context, query) => {
  const { pins } = storeAsked(context, query)
  const keys = [query.key('key')]
  const changed = query.flag('pinned') ? await pins.add(keys) : await pins.remove(keys)
  if (changed.length > 0) context.live.tell(['run'])
  return { changed: changed.length }
}
