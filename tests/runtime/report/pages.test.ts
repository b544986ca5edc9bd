import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { PlannedStage } from '../../../runtime/plan/plan.ts'
import { planPage } from '../../../runtime/report/plan-page.ts'
import { studyPage } from '../../../runtime/report/study-page.ts'
import type { StudyReport } from '../../../runtime/report/study-report.ts'
import { type Edge, graphView } from '../../../runtime/views/graph.ts'
import { planView } from '../../../runtime/views/plan.ts'
import { result } from '../terminal/events.ts'

const hostile = '"><img src=x onerror=alert(1)>'
const stage = (path: string, kind: string, status: PlannedStage['status'], reasons: readonly string[] = []) =>
  ({ id: path, path, kind, status, reasons, key: null, artifact: null, manifest: null }) as unknown as PlannedStage
const stages = [
  stage('seed=0/dense/train', 'train', 'hit'),
  stage(`seed=0/${JSON.stringify(hostile)}/prune`, 'prune', 'run', [`label ${hostile}`]),
  stage('seed=0/other/prune', 'prune', 'unknown', ['waits for seed=0/dense/train']),
]
const edges: Edge[] = stages.slice(1).map(({ path: to }) => ({ from: 'seed=0/dense/train', to, role: 'model' }))
const graph = graphView(stages, edges)

test('a plan as a page: its counts, its graph, and why each stage runs; nothing of a label is markup', () => {
  const page = planPage(planView(stages, { file: `a${hostile}.ts`, target: 'default', edges }), graph, 'p{}')
  expect(page).toContain('<strong>3 stages</strong>: 1 hit · 1 to run · 1 later')
  expect(page).toContain('waits for dense/train')
  expect([...page.matchAll(/<rect /g)]).toHaveLength(graph.nodes.length)
  expect([...page.matchAll(/class="edge"/g)]).toHaveLength(graph.edges.length)
  expect(page).not.toContain('<img')
  expect(page).not.toContain('<script>')
})

const report = (arms: StudyReport['study']['arms'], more: Partial<StudyReport> = {}): StudyReport => ({
  study: { file: 'a.pipeline.ts', target: 'default', arms, series: [] },
  curves: {},
  comments: [],
  graph,
  missing: [],
  recipe: [],
  data: [],
  computed: [],
  finished: null,
  ...more,
})
const parts = { style: '', script: 'run()', version: '1.2.3', commands: ['npx espalier run a.pipeline.ts'] }
const armOf = (...given: Parameters<typeof result>) => ({ ...result(...given), trainings: [{ path: 'p', key: null }] })

test('a report has the recipe, what it was computed with, digests, what is missing and how to go on, all of it escaped', () => {
  const page = studyPage(
    report([armOf('dense', 0, { 'test/accuracy': 0.9 }), armOf(hostile, 0, { 'test/accuracy': 0.8 })], {
      comments: [`What ${hostile} does.`],
      missing: [
        { path: 'dense/evaluate', failed: false, why: 'waits for dense/train' },
        { path: hostile, failed: true, why: 'failed: The loss is not finite.' },
      ],
      recipe: [{ name: 'a.pipeline.ts', text: `export default '${hostile}'`, sha256: 'ab'.repeat(32) }],
      data: [{ name: 'digits', digest: `sha256:${'cd'.repeat(32)}` }],
      computed: [{ with: 'tensorflow 2.21.0 on AMD EPYC', stages: 4, seconds: 75 }],
      finished: [Date.UTC(2026, 0, 2, 23, 59), Date.UTC(2026, 0, 3)],
    }),
    parts,
  )
  expect(page).not.toContain('<img')
  for (const text of [
    'computed 2026-01-02 to 2026-01-03, 1 min 15 s of work',
    'failed: The loss is not finite.',
    'espalier run a.pipeline.ts goes on',
    'export default &#39;&quot;&gt;&lt;img',
    'ab'.repeat(32),
    'cd'.repeat(32),
    result('dense', 0, {}).artifact!.replace('sha256:', ''),
    'tensorflow 2.21.0 on AMD EPYC',
    'Espalier 1.2.3',
    'npx espalier run a.pipeline.ts',
  ])
    expect(page).toContain(text)
  // What came out stands above what did not, and what failed above what waits for it.
  expect(page).toContain('2 stages have no result yet: 1 failed.')
  const places = ['id="study"', 'id="missing"', 'failed: The loss', 'waits for dense/train'].map((text) => page.indexOf(text))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  // Without scripts there is the table.
  expect(page).toMatch(/<th scope="row">dense<\/th><td>90\.00<\/td>/)
})

test('its script gets the study, without what a file cannot answer', () => {
  const page = studyPage(report([armOf('dense', 0, { 'test/accuracy': 0.9, 'test/loss': Number.NaN })]), parts)
  const data = JSON.parse(gunzipSync(Buffer.from(/id="data">(.*?)</.exec(page)![1]!, 'base64')).toString())
  expect(data.study.arms).toEqual([{ ...result('dense', 0, {}), metrics: { 'test/accuracy': 0.9, 'test/loss': 'NaN' }, trainings: [] }])
})

test('what has no result yet is a report too', () => {
  expect(studyPage(report([]), parts)).toContain('Nothing has a result yet.')
})
