/** Plans and reports as files that can be sent. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { studyPage } from '../../runtime/report/study-page.ts'
import type { StudyReport } from '../../runtime/report/study-report.ts'
import { spread } from '../../stdlib/metrics/spread.ts'
import { startChromium } from '../chromium.ts'
import { result } from '../runtime/terminal/events.ts'
import { study, temporaryProject } from './command.ts'

const dist = join(import.meta.dirname, '../../dist/report')
const parts = {
  style: readFileSync(join(dist, 'style.css'), 'utf8'),
  script: readFileSync(join(dist, 'report.js'), 'utf8'),
  version: '1',
  commands: [],
}

const empty: StudyReport = {
  study: { file: 'a.pipeline.ts', target: 'default', arms: [], series: [] },
  curves: {},
  comments: [],
  graph: { nodes: [], edges: [] },
  missing: [],
  recipe: [],
  data: [],
  computed: [],
  finished: null,
}

test('a report is the same file twice, has no place of this machine in it, and tells what is missing before and what came out after', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': study({ epochs: 2 }) })
  const written = async (out: string) => {
    const { code, stdout, stderr } = await project.start(['report', 'a.pipeline.ts', '-o', out, '--threads', '1']).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${out}: \\d+ kB`))
    return readFileSync(join(project.folder, out), 'utf8')
  }
  expect(await written('before.html')).toContain('What is missing')
  const ran = await project.start(['run', 'a.pipeline.ts', '--threads', '1', '--quiet']).ended
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const [one, two] = [await written('one.html'), await written('two.html')]
  expect(one).toBe(two)
  expect(one).not.toContain(project.folder)
  expect(one).not.toContain('What is missing')
  expect(one).toContain(
    createHash('sha256')
      .update(readFileSync(join(project.folder, 'a.pipeline.ts')))
      .digest('hex'),
  )

  const plan = await project.start(['plan', 'a.pipeline.ts', '--html', '--threads', '1']).ended
  expect(plan).toMatchObject({ code: 0, stderr: '' })
  expect(plan.stdout).toMatch(/^<!doctype html>.*<svg class="graph".*<\/html>\s*$/s)
  expect(plan.stdout).not.toContain('<script')

  const nowhere = await project.start(['report', 'a.pipeline.ts', '-o', 'no/where.html']).ended
  expect(nowhere.code).toBe(2)
  expect(nowhere.stderr).toContain('no/where.html')
})

test('in a browser it is drawn without a request, and what is in its texts is not run', { timeout: 120_000 }, async ({ skip }) => {
  const started = await startChromium()
  if ('missing' in started) return skip(started.missing)
  const folder = mkdtempSync(join(tmpdir(), 'espalier-report-'))
  onTestFinished(async () => {
    await started.browser.close()
    rmSync(folder, { recursive: true })
  })
  const hostile = '</script><img src=x onerror="window.ran = true">'
  const arms = ['dense', hostile].flatMap((arm, i) =>
    [0, 1].map((seed) => ({
      ...result(arm, seed, { 'test/accuracy': 0.9 - i / 10 - seed / 100, 'density/fc1': 1 - i / 2 }),
      trainings: [],
    })),
  )
  const file = join(folder, 'report.html')
  writeFileSync(file, studyPage({ ...empty, comments: [hostile], study: { ...empty.study, arms } }, parts))
  const page = await started.browser.newPage({ viewport: { width: 390, height: 800 } })
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  page.on('request', (request) => request.url().startsWith('file:') || said.push(request.url()))
  await page.goto(`file://${file}`)
  await page.waitForSelector('.plot svg')
  expect(await page.textContent('.summary')).toContain('dense has the best test accuracy')
  expect(await page.evaluate('[window.ran, document.querySelectorAll("img").length, document.documentElement.scrollWidth <= 390]')).toEqual(
    [undefined, 0, true],
  )
  expect(said).toEqual([])
})

test('of 100 arms and 5 seeds, with densities of 20 layers and curves, a report is smaller than a megabyte', () => {
  const of = (seed: number, arm: number) => Math.abs(Math.sin(1 + seed * 131 + arm * 17))
  const arms = Array.from({ length: 500 }, (_, i) => {
    const [seed, arm] = [i % 5, Math.floor(i / 5)]
    const names = [
      'test/accuracy',
      'test/loss',
      'sparsity',
      'compressionRatio',
      'speedup',
      ...Array.from({ length: 30 }, (_, k) => (k < 20 ? `density/layer${k}` : `test/m${k}`)),
    ]
    return {
      path: `seed=${seed}/arm${arm}`,
      labels: [
        { axis: 'seed', value: String(seed) },
        { axis: 'arm', value: `arm${arm}` },
      ],
      artifact: `sha256:${createHash('sha256').update(String(i)).digest('hex')}`,
      metrics: Object.fromEntries(names.map((name, k) => [name, of(seed, arm + k)])),
      trainings: [],
    }
  })
  const curve = (arm: number) => ({
    arms: [`arm${arm}`],
    stage: 'train',
    seeds: { measured: 5, of: 5 },
    points: Array.from({ length: 60 }, (__, step) => {
      const { interval: _, ...point } = spread([0, 1, 2, 3, 4].map((seed) => Number(of(seed, arm + step).toPrecision(4))))
      return { step, ...point, mean: Number(point.mean.toPrecision(4)), std: Number(point.std!.toPrecision(4)) }
    }),
    stopped: [],
    resumed: [],
  })
  const y = { name: 'train/loss', title: 'training loss', unit: 'nats' as const, better: 'lower' as const }
  const curves = { file: 'a', target: 'default', y, curves: Array.from({ length: 100 }, (_, arm) => curve(arm)), missing: [] }
  const page = studyPage(
    {
      ...empty,
      study: { ...empty.study, arms },
      curves: { 'train/loss': curves, 'validation/accuracy': curves },
      recipe: [{ name: 'a.pipeline.ts', text: 'x'.repeat(20_000), sha256: '' }],
    },
    parts,
  )
  expect(Buffer.byteLength(page)).toBeLessThan(1_000_000)
})
