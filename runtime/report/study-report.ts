/** Content of a study's report: results, graph, missing stages, recipe, hardware and software, and how to reproduce it. */
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { sha256 } from '../format/hash.ts'
import type { ReportData } from '../page/report-data.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { LoadProblem } from '../problem.ts'
import { commentsIn } from '../project/comments.ts'
import type { Prepared } from '../project/prepare.ts'
import { type StudyArm, studyResults } from '../project/study-results.ts'
import type { Store } from '../store/store.ts'
import { type CurvesView, curves, thinned } from '../views/curves.ts'
import { numericsWords } from '../views/engine.ts'
import { edgesOf, type GraphView, graphView } from '../views/graph.ts'

export interface StudyReport extends ReportData {
  readonly comments: readonly string[]
  readonly graph: GraphView
  readonly missing: readonly MissingStage[]
  /** The current versions of the user's files. */
  readonly recipe: readonly SourceFile[]
  readonly data: readonly { readonly name: string; readonly digest: string }[]
  readonly computed: readonly { readonly with: string; readonly stages: number; readonly seconds: number }[]
  /** Unix milliseconds of the first and the last result; null without results. */
  readonly finished: readonly [number, number] | null
}

interface MissingStage {
  readonly path: string
  /** In the newest run that included it. */
  readonly failed: boolean
  readonly why: string
}

interface SourceFile {
  /** Path relative to the project. */
  readonly name: string
  readonly text: string
  readonly sha256: string
}

/** Most points over all curves; more are thinned. */
const mostPoints = 6000

export async function studyReport(prepared: Prepared): Promise<StudyReport> {
  const { graph, store, data, numerics, target, source, files } = prepared
  const plan = await makePlan(graph, store, data, numerics)
  const arms = await studyResults(prepared, plan)
  const file = relative(source.project, source.file)
  const { file: head, exports } = commentsIn(source.file)
  const results = [...plan.hits.values()].map(({ result }) => result)
  const finished = results.map((result) => result.finished)
  const known = Map.groupBy(results, (result) => (result.numerics === undefined ? 'without an engine' : numericsWords(result.numerics)))
  return {
    study: { file, target, arms, series: [] },
    curves: await curvesOf(store, arms, { file, target }),
    comments: [head, exports.get(target)].filter((comment) => comment !== undefined),
    graph: graphView(plan.stages, edgesOf(graph)),
    missing: await missingStages(plan, store),
    recipe: await Promise.all([...files].sort().map((path) => sourceFile(path, source.project))),
    data: [...data].map(([key, { digest }]) => ({ name: (JSON.parse(key) as { readonly name: string }).name, digest })),
    computed: [...known].map(([words, all]) => ({
      with: words,
      stages: all.length,
      seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    })),
    finished: finished.length === 0 ? null : [Math.min(...finished), Math.max(...finished)],
  }
}

async function curvesOf(
  store: Store,
  arms: readonly StudyArm[],
  named: { readonly file: string; readonly target: string },
): Promise<ReportData['curves']> {
  const found: { [series: string]: CurvesView } = {}
  for (const series of ['validation/accuracy', 'train/loss'])
    try {
      found[series] = rounded(thinned(await curves(store, arms, { ...named, series }), { most: mostPoints, least: 20 }))
    } catch (problem) {
      if (!(problem instanceof LoadProblem)) throw problem // no training has this curve
    }
  return found
}

/** To four significant digits, enough for drawing. */
function rounded(view: CurvesView): CurvesView {
  const short = (value: number) => Number(value.toPrecision(4))
  return {
    ...view,
    curves: view.curves.map(({ points, ...curve }) => ({
      ...curve,
      points: points.map(({ step, mean, std, min, max, count }) => ({
        step,
        mean: short(mean),
        ...(std === undefined ? {} : { std: short(std) }),
        min: short(min),
        max: short(max),
        count,
      })),
    })),
  }
}

async function missingStages({ stages }: Plan, { journal }: Store): Promise<MissingStage[]> {
  const missing: MissingStage[] = []
  for (const { path, key, status, reasons } of stages) {
    if (status === 'hit') continue
    const last = key === null ? undefined : (await journal.outcomesOf(key))[0]
    const failed = last?.outcome === 'failed'
    missing.push({ path, failed, why: failed ? `failed: ${last.because ?? ''}` : reasons.join('; ') })
  }
  return missing
}

async function sourceFile(path: string, project: string): Promise<SourceFile> {
  const content = await readFile(path)
  return { name: relative(project, path), text: content.toString('utf8'), sha256: sha256(content) }
}
