import type { ProblemText } from '../../dsl/check/problem.ts'
import type { StageKind } from '../../dsl/graph/stage-options.ts'
import type { GraphPage, Site, StageState } from '../page/data.ts'
import type { PlannedStage } from '../plan/plan.ts'
import { studyResults } from '../project/study-results.ts'
import type { StageResult } from '../store/results.ts'
import type { Store } from '../store/store.ts'
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
  problem: problemOf(stores.find((store) => store.isGone?.() === true)) ?? project?.problem ?? null,
})

function problemOf(gone: Store | undefined): ProblemText | undefined {
  if (gone === undefined) return undefined
  const { title, facts, hint } = uiProblems.storeGone(gone.location)
  return { title, facts, hint }
}

const projectOf = ({ project }: Context): Project => {
  if (project === undefined) throw uiProblems.noFile()
  return project
}

export const study: Route = async (context): Promise<StudyView> => {
  const project = projectOf(context)
  const { prepared, plan } = await project.planned()
  const arms = await studyResults(prepared, plan)
  return { file: project.path, target: prepared.target, arms, series: await seriesOf(project.store, arms) }
}

/** Curves of the file's study, or of a run. */
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

const planned: { readonly [S in PlannedStage['status']]: StageState } = {
  hit: 'done',
  resume: 'stopped',
  run: 'waiting',
  unknown: 'waiting',
}

export const graph: Route = async (context): Promise<GraphPage> => {
  const project = projectOf(context)
  const { prepared, plan } = await project.planned()
  const stateOf = await statesNow(context)
  const places = new Map(plan.stages.map(({ path }, place) => [path, place]))
  return {
    file: project.path,
    target: prepared.target,
    stages: plan.stages.map((stage) => ({ path: stage.path, kind: stage.kind, key: stage.key, state: stateOf(stage) })),
    edges: edgesOf(prepared.graph).map(({ from, to, role }) => ({ from: places.get(from)!, to: places.get(to)!, role })),
  }
}

/** The graph of a run. Stages whose results are no longer in the store have only the edges that are in the current file. */
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
    // The log has no kind for a skipped stage.
    stages: stages.map(({ path, key, kind, outcome }) => ({ path, kind: kind as StageKind, key, state: after[outcome] })),
    edges: edges.map(({ from, to, role }) => ({ from: places.get(from)!, to: places.get(to)!, role })),
  }
}

const after = { hit: 'done', run: 'done', resumed: 'done', failed: 'failed', skipped: 'skipped', stopped: 'stopped' } as const

/** Edges of the page's file, if it is the requested one. */
async function edgesNow({ project }: Context, file: string): Promise<readonly Edge[]> {
  if (project === undefined || project.path !== file) return []
  return edgesOf((await project.prepared()).graph)
}

const letters: { readonly [S in StageState]: string } = { done: 'd', running: 'r', waiting: 'w', stopped: 's', failed: 'f', skipped: 'x' }

/** One letter per stage, in graph order. */
export const states: Route = async (context): Promise<string> => {
  const { plan } = await projectOf(context).planned()
  const stateOf = await statesNow(context)
  return plan.stages.map((stage) => letters[stateOf(stage)]).join('')
}

/** Events of a run are newer than the plan and take precedence, unless the plan has found a result. */
async function statesNow(context: Context): Promise<(stage: PlannedStage) => StageState> {
  const [live, failed] = [await context.live.states(), await failedBefore(context)]
  return ({ path, key, status }) => {
    const known = status !== 'hit' && key !== null && failed.has(key) ? 'failed' : planned[status]
    const told = live.get(path)
    return told === undefined || (known === 'done' && told !== 'running') ? known : told
  }
}

/** Keys of the stages that failed in the last finished run of the page's file, even if the server did not follow it. */
async function failedBefore({ project, live }: Context): Promise<ReadonlySet<string>> {
  if (project === undefined) return new Set()
  const file = project.path
  const last = (await live.runsOf(0, project.store)).find((run) => run.file === file && run.status !== 'running')
  if (last === undefined || last.stages?.failed === 0) return new Set()
  const stages = await project.store.journal.stagesOf(last.id)
  return new Set(stages.flatMap(({ outcome, key }) => (outcome === 'failed' && key !== null ? [key] : [])))
}
