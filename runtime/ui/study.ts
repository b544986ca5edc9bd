import { resolve } from 'node:path'
import type { StageKind } from '../../dsl/graph/stage-options.ts'
import { parseTarget } from '../format/target-name.ts'
import type { GraphPage, Site, StageState } from '../page/data.ts'
import { studyResults } from '../project/study-results.ts'
import type { StageResult } from '../store/results.ts'
import { curves, thinned } from '../views/curves.ts'
import { type Edge, edgesOf } from '../views/graph.ts'
import { runEdges } from '../views/run-graph.ts'
import { resultsIn } from '../views/run-record.ts'
import { armsOfRun, type StudyView } from '../views/study.ts'
import { type Context, type Route, storeAsked } from './context.ts'
import { uiProblems } from './problems.ts'
import type { Project } from './project.ts'
import { runAsked, seriesOf } from './runs.ts'

export const site: Route = async ({ stores, project }): Promise<Site> => ({
  stores: stores.map(({ location, readOnly }) => ({ name: location.split(/[\\/]/).slice(-2).join('/'), location, readOnly })),
  file: project?.options.file ?? null,
  target: project === undefined ? null : (await project.prepared()).target,
  problem: project?.problem ?? null,
})

const projectOf = ({ project }: Context): Project => {
  if (project === undefined) throw uiProblems.noFile()
  return project
}

export const study: Route = async (context): Promise<StudyView> => {
  const project = projectOf(context)
  const { prepared, plan } = await project.planned()
  const arms = await studyResults(prepared, plan)
  return { file: prepared.file, target: prepared.target, arms, series: await seriesOf(project.store, arms) }
}

/** Of the file, or of a run as it was. */
export const studyCurves: Route = async (context, query) => {
  const series = query.required('series')
  const stage = query.text('stage')
  if (query.text('run') === undefined) {
    const { prepared, plan } = await projectOf(context).planned()
    const { file, target, store } = prepared
    return thinned(await curves(store, await studyResults(prepared, plan), { file, target, series, stage }), onScreen)
  }
  const store = storeAsked(context, query)
  const entry = await runAsked(store, query)
  const arms = armsOfRun(resultsIn(await store.journal.readLog(entry.id)), await store.journal.stagesOf(entry.id))
  return thinned(await curves(store, arms, { file: entry.file, target: entry.target ?? 'default', series, stage }), onScreen)
}

const onScreen = { most: 40_000, least: 100 }

const planned: { readonly [status: string]: StageState } = { hit: 'done', resume: 'stopped', run: 'waiting', unknown: 'waiting' }

export const graph: Route = async (context): Promise<GraphPage> => {
  const { prepared, plan } = await projectOf(context).planned()
  const live = await context.live.states()
  const places = new Map(plan.stages.map(({ path }, place) => [path, place]))
  return {
    file: prepared.file,
    target: prepared.target,
    stages: plan.stages.map(({ path, kind, key, status }) => ({ path, kind, key, state: stateOf(planned[status]!, live.get(path)) })),
    edges: edgesOf(prepared.graph).map(({ from, to, role }) => ({ from: places.get(from)!, to: places.get(to)!, role })),
  }
}

/** As a run left it. What it made and is no longer in the store stands alone. */
export const runGraph: Route = async (context, query): Promise<GraphPage> => {
  const store = storeAsked(context, query)
  const { id, file, target } = await runAsked(store, query)
  const stages = await store.journal.stagesOf(id)
  const results = new Map<string, StageResult>()
  for (const { key } of stages) {
    const result = key === null ? undefined : await store.results.get(key)
    if (result !== undefined) results.set(result.key, result)
  }
  const places = new Map(stages.map(({ path }, place) => [path, place]))
  const edges = runEdges(stages, results, await edgesNow(context, file))
  return {
    file,
    target: target ?? 'default',
    // A stage that was skipped has no kind in the log.
    stages: stages.map(({ path, key, kind, outcome }) => ({ path, kind: kind as StageKind, key, state: after[outcome] })),
    edges: edges.map(({ from, to, role }) => ({ from: places.get(from)!, to: places.get(to)!, role })),
  }
}

const after = { hit: 'done', run: 'done', resumed: 'done', failed: 'failed', skipped: 'skipped', stopped: 'stopped' } as const

/** Of the page's file, when that is the one that is asked for. */
async function edgesNow({ project }: Context, file: string): Promise<readonly Edge[]> {
  if (project === undefined || resolve(parseTarget(project.options.file).file) !== file) return []
  return edgesOf((await project.prepared()).graph)
}

const letters: { readonly [S in StageState]: string } = { done: 'd', running: 'r', waiting: 'w', stopped: 's', failed: 'f', skipped: 'x' }

/** One letter a stage, in the order of the graph. */
export const states: Route = async (context): Promise<string> => {
  const { plan } = await projectOf(context).planned()
  const live = await context.live.states()
  return plan.stages.map(({ path, status }) => letters[stateOf(planned[status]!, live.get(path))]).join('')
}

/** What a run tells is newer than the plan, but a result that is there stays. */
const stateOf = (known: StageState, live: StageState | undefined): StageState =>
  live === undefined || (known === 'done' && live !== 'running') ? known : live
