/** Routes for runs: the list, and a single run with its stages. */
import type { RunPage, RunsPage, StagesPage } from '../page/data.ts'
import { type RunEntry, type RunStage, runStatuses, stageOutcomes } from '../store/journal.ts'
import type { Remark } from '../store/remarks.ts'
import type { Store } from '../store/store.ts'
import { historyProblems } from '../views/problems.ts'
import { listedRun, resultsIn } from '../views/run-record.ts'
import { armsOfRun, type StudyView } from '../views/study.ts'
import { type TimelineView, timeline } from '../views/timeline.ts'
import { type Route, storeAsked } from './context.ts'
import type { Query } from './query.ts'

const none: Remark = { tags: [], note: '' }
/** Most tags per run, and in the list to choose from. */
const mostTags = 100

const page = { standard: 100, most: 500 }

const sorts: { readonly [name: string]: (a: RunEntry, b: RunEntry) => number } = {
  newest: (a, b) => b.id - a.id,
  oldest: (a, b) => a.id - b.id,
  longest: (a, b) => (b.seconds ?? -1) - (a.seconds ?? -1) || b.id - a.id,
  shortest: (a, b) => (a.seconds ?? Number.POSITIVE_INFINITY) - (b.seconds ?? Number.POSITIVE_INFINITY) || b.id - a.id,
  file: (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : b.id - a.id),
}

export const runs: Route = async (context, query): Promise<RunsPage> => {
  const all = await context.live.runsOf(query.whole('store', { standard: 0, most: 1000 }), storeAsked(context, query))
  const status = query.word('status', runStatuses)
  const text = query.text('text')?.toLowerCase()
  const tag = query.text('tag')
  const remarks = await storeAsked(context, query).remarks.all()
  const fitting = all.filter((run) => {
    const { tags, note } = remarks.get(run.id) ?? none
    return (
      (status === undefined || run.status === status) &&
      (tag === undefined || tags.includes(tag)) &&
      (text === undefined || `${run.file}#${run.target ?? ''}\n${note}\n${tags.join('\n')}`.toLowerCase().includes(text))
    )
  })
  const sort = query.word('sort', Object.keys(sorts)) ?? 'newest'
  const from = query.whole('from', { standard: 0, most: Number.MAX_SAFE_INTEGER })
  const shown = fitting.toSorted(sorts[sort]!).slice(from, from + query.whole('most', page))
  return {
    runs: shown.map((each) => ({ ...listedRun(each), ...(remarks.get(each.id) ?? none) })),
    total: fitting.length,
    tags: [...new Set([...remarks.values()].flatMap(({ tags }) => tags))].sort().slice(0, mostTags),
  }
}

export const run: Route = async (context, query): Promise<RunPage> => {
  const store = storeAsked(context, query)
  const entry = await runAsked(store, query)
  const stages = await store.journal.stagesOf(entry.id)
  const results = resultsIn(await store.journal.readLog(entry.id)).length
  const remarks = await store.remarks.all()
  return {
    run: { ...listedRun(entry), ...(remarks.get(entry.id) ?? none) },
    results,
    stages: pageOf(stages, query),
    log: store.journal.whereIs(entry.id),
  }
}

export const runTimeline: Route = async (context, query): Promise<TimelineView> => {
  const { journal } = storeAsked(context, query)
  const entry = await runAsked(storeAsked(context, query), query)
  return timeline(entry, await journal.readLog(entry.id))
}

/** Sets tags and note of a run. @returns an empty object */
export const remark: Route = async (context, query) => {
  const store = storeAsked(context, query)
  const { id } = await runAsked(store, query)
  const tags = (query.text('tags') ?? '').split(',').map((tag) => tag.trim())
  const distinct = [...new Set(tags)].filter((tag) => tag !== '').slice(0, mostTags)
  await store.remarks.set(id, { tags: distinct, note: query.text('note', 20_000) ?? '' })
  context.live.tell(['runs', 'run'])
  return {}
}

/** The study with the results of this run. */
export const runStudy: Route = async (context, query): Promise<StudyView> => {
  const store = storeAsked(context, query)
  const entry = await runAsked(store, query)
  const arms = armsOfRun(resultsIn(await store.journal.readLog(entry.id)), await store.journal.stagesOf(entry.id))
  return { file: entry.file, target: entry.target ?? 'default', arms, series: await seriesOf(store, arms) }
}

/** Names of the curves of the arms' trainings. */
export async function seriesOf({ results }: Store, arms: StudyView['arms']): Promise<string[]> {
  const keys = new Set(arms.flatMap(({ trainings }) => trainings.flatMap(({ key }) => key ?? [])))
  const names = new Set<string>()
  // Trainings of a study have mostly the same curves: reads the first 50.
  for (const key of [...keys].slice(0, 50)) for (const name of await results.seriesOf(key)) names.add(name)
  return [...names].sort()
}

export async function runAsked({ journal }: Store, query: Query): Promise<RunEntry> {
  const id = query.whole('run', { standard: 0, most: Number.MAX_SAFE_INTEGER })
  const entry = await journal.run(id)
  if (entry === undefined) throw historyProblems.noRun(String(id), (await journal.runs({ most: 1 }))[0]?.id)
  return entry
}

/** Failed stages first, then unfinished ones. */
function pageOf(stages: readonly RunStage[], query: Query): StagesPage {
  const outcome = query.word('outcome', stageOutcomes)
  const text = query.text('text')?.toLowerCase()
  const rank = (stage: RunStage) => (stage.outcome === 'failed' ? 0 : stage.outcome === 'stopped' ? 1 : 2)
  const fitting = stages
    .filter(
      (stage) => (outcome === undefined || stage.outcome === outcome) && (text === undefined || stage.path.toLowerCase().includes(text)),
    )
    .toSorted((a, b) => rank(a) - rank(b))
  const from = query.whole('from', { standard: 0, most: Number.MAX_SAFE_INTEGER })
  return { stages: fitting.slice(from, from + query.whole('most', page)), total: fitting.length }
}
