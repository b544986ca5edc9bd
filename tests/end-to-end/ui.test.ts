import { appendFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GraphPage } from '../../runtime/page/data.ts'
import { openStore } from '../../runtime/store/open.ts'
import { RunJournal } from '../../runtime/store/run-journal.ts'
import { barriersOn } from '../axe.ts'
import { startChromium } from '../chromium.ts'
import { Project, type Running } from './command.ts'

/** Whatever is written into the page by way of markup runs one of these. */
const hostile = '<img src=x onerror="hacked=1"><script>hacked=1</script>\'"`'
const file = (name: string) => `
import { adam, compare, digits, lenet300, seeds, task } from 'espalier'
export default seeds(2, (seed) => {
  const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 3e-3 }), epochs: 1, batch: 512, seed })
  return compare({ dense: train(), [${JSON.stringify(name)}]: train().prune(0.9).finetune() })
})
`
const chromium = await startChromium()
const missing = 'missing' in chromium ? chromium.missing : undefined
const browser = 'browser' in chromium ? chromium.browser : undefined

let project: Project
let ui: Running
let address: URL
let context: BrowserContext
const seen = { errors: [] as string[], foreign: [] as string[] }

beforeAll(async () => {
  if (browser === undefined) return
  project = new Project({ 'a.pipeline.ts': file(hostile) })
  const run = await project.espalier('run', 'a.pipeline.ts', '--quiet')
  expect(run.stderr).toBe('')
  const logs = join(project.folder, '.espalier/logs')
  for (const name of readdirSync(logs)) appendFileSync(join(logs, name), `</pre>${hostile}\u001b[31m\u202e\n`)
  ui = project.start(['ui', 'a.pipeline.ts', '--port', '0'])
  await ui.says('Ctrl-C')
  address = new URL(/http:\S+/.exec(ui.written())![0])
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  context.on('request', (request) => {
    if (!request.url().startsWith(address.origin) && !request.url().startsWith('data:')) seen.foreign.push(request.url())
  })
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.errors.push(message.text())
  })
  context.on('weberror', (error) => seen.errors.push(String(error.error())))
  context.on('dialog', (dialog) => seen.errors.push(dialog.message()))
  const page = await context.newPage()
  await page.goto(address.href)
  await page.getByRole('heading', { name: 'a.pipeline.ts' }).waitFor()
  expect(page.url(), 'the token is not left in the address').not.toContain('token')
  await page.close()
})

afterAll(async () => {
  await browser?.close()
  ui?.killAll('SIGTERM')
  await ui?.ended
  project?.remove()
})

async function shown(path: string, until: string | RegExp): Promise<Page> {
  const page = await context.newPage()
  await page.goto(address.origin + path)
  await page.getByText(until).first().waitFor()
  return page
}

/** In the dark, of what changes with the colours. */
async function barriers(page: Page, scheme: 'light' | 'dark'): Promise<string[]> {
  await page.emulateMedia({ colorScheme: scheme })
  return barriersOn(page, scheme === 'light' ? {} : { runOnly: ['color-contrast'] })
}

const views: readonly (readonly [path: string, until: string | RegExp])[] = [
  ['/study', 'What is left of each layer'],
  ['/study?run=1&curve=train%2Floss&sort=-test%2Faccuracy', 'as run 1'],
  ['/graph', /12 stages in \d+ groups/],
  ['/graph?run=1', 'as run 1'],
  ['/runs', 'took'],
  ['/run/1', 'Its study'],
  [`/stage/${encodeURIComponent(`seed=0/${JSON.stringify(hostile)}/finetune`)}`, 'Runs with this stage'],
  ['/compare?a=seed%3D0%2Fdense%2Ftrain&b=seed%3D1%2Fdense%2Ftrain', 'Metrics'],
  ['/machine', "This page's server"],
  ['/stage/%3Cscript%3E', /There is no run and no stage/],
  ['/nowhere', 'There is no view'],
]

test.skipIf(missing !== undefined)(
  `no view runs what stands in names and logs, asks another origin, or shuts anybody out ${missing ?? ''}`,
  async () => {
    for (const [path, until] of views) {
      const page = await shown(path, until)
      for (const scheme of ['light', 'dark'] as const) expect(await barriers(page, scheme), `${path} ${scheme}`).toEqual([])
      await page.setViewportSize({ width: 390, height: 844 })
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth'), { message: `${path} fits a narrow screen` }).toBe(390)
      expect(await page.evaluate(() => Object.hasOwn(globalThis, 'hacked')), path).toBe(false)
      await page.close()
    }
    expect(seen.foreign).toEqual([])
    // What is not there was asked for on purpose.
    expect(seen.errors.filter((error) => !error.includes('404'))).toEqual([])
  },
)

test.skipIf(missing !== undefined)('arms that are chosen in the table are seen in every plot, and in the address', async () => {
  const page = await shown('/study', 'Curves')
  await page.getByRole('checkbox', { name: 'dense' }).check()
  await page.waitForURL(/arm=dense/)
  expect(await page.locator('tr.unchosen').count()).toBe(1)
  expect(await page.locator('.densities th').allTextContents()).toEqual(['layer', 'fc1', 'fc2', 'out'])
  await page.getByRole('button', { name: 'Show all arms' }).press('Enter')
  await expect.poll(() => page.locator('tr.unchosen').count()).toBe(0)
  await page.keyboard.press('g')
  await page.getByText(/12 stages/).waitFor()
  await page.goBack()
  await page.getByText('Results').first().waitFor()
  await page.close()
})

test.skipIf(missing !== undefined)('a save of the file and a run of another process are seen without asking', async () => {
  const page = await shown('/graph', /12 stages/)
  project.write('a.pipeline.ts', file('other').replace('train().prune', 'train().prune(0.5).finetune().prune'))
  await page.getByText(/16 stages/).waitFor()
  await page.getByText('waiting').first().waitFor()
  project.write('a.pipeline.ts', 'export default 1')
  await page.getByRole('alert').waitFor()
  project.write('a.pipeline.ts', file(hostile))
  await page.getByText(/12 stages/).waitFor()
  await page.keyboard.press('r')
  const store = await openStore(join(project.folder, '.espalier'))
  const journal = new RunJournal({ store, file: '/elsewhere/b.pipeline.ts', target: hostile, onWarning: () => {} })
  journal.note({ event: 'start', file: 'b.pipeline.ts', stages: 2, slots: 1, threads: 1 })
  journal.note({ event: 'stage-start', path: 'dense/train', kind: 'train', key: 'a'.repeat(64), steps: 10 })
  await page.getByText('b.pipeline.ts').waitFor()
  await page.getByText('1 running').waitFor()
  const problem = { title: `It failed ${hostile}`, facts: [], hint: '' }
  journal.note({ event: 'stage-failed', path: 'dense/train', kind: 'train', problem })
  await journal.close()
  store.close()
  await page.getByRole('link', { name: 'b.pipeline.ts' }).click()
  await page.getByText('It failed <img').waitFor()
  expect(await page.evaluate(() => Object.hasOwn(globalThis, 'hacked'))).toBe(false)
  await page.close()
  expect(seen.errors.filter((error) => !error.includes('404'))).toEqual([])
})

test.skipIf(missing !== undefined)('what failed before the page was opened is seen in its graph, and that its store is gone', async () => {
  project.write('a.pipeline.ts', file('other').replace('0.9', '0.7'))
  const page = await shown('/graph', 'waiting')
  const graph = await page.evaluate(async () => (await fetch('/api/graph')).text())
  const { path, key } = (JSON.parse(graph) as GraphPage).stages.find(({ state, key }) => state === 'waiting' && key !== null)!
  const store = await openStore(join(project.folder, '.espalier'))
  const journal = new RunJournal({ store, file: join(project.folder, 'a.pipeline.ts'), target: 'default', onWarning: () => {} })
  const counts = { total: 1, hit: 0, run: 0, resumed: 0, failed: 1, skipped: 0 }
  for (const event of [
    { event: 'start', file: 'a.pipeline.ts', stages: 1, slots: 1, threads: 1 },
    { event: 'stage-start', path, kind: 'prune', key: key!, steps: 0 },
    { event: 'stage-failed', path, kind: 'prune', problem: { title: 'Nothing is left.', facts: [], hint: '' } },
    { event: 'done', ok: false, interrupted: false, seconds: 1, stages: counts, results: [] },
  ] as const)
    journal.note(event)
  await journal.close()
  store.close()
  // A server that has not heard of the run while it went on.
  const other = project.start(['ui', 'a.pipeline.ts', '--port', '0'])
  await other.says('Ctrl-C')
  const late = new URL(/http:\S+/.exec(other.written())![0])
  const second = await browser!.newContext()
  const there = await second.newPage()
  await there.goto(late.href)
  await there.getByText('failed in part').waitFor()
  await there.keyboard.press('g')
  await there.locator('.state.failed').first().waitFor()
  renameSync(join(project.folder, '.espalier'), join(project.folder, 'elsewhere'))
  await there.getByText('was removed').waitFor()
  await second.close()
  other.killAll('SIGTERM')
  await other.ended
  await page.close()
})
