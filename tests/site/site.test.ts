/** The site, built and read in a browser. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { preview } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { barriersOn } from '../axe.ts'
import { startChromium } from '../chromium.ts'

const root = join(import.meta.dirname, '../..')
const site = join(root, 'site')
const built = join(site, 'dist')

beforeAll(() => {
  execFileSync(process.execPath, [join(site, 'build.ts')], { cwd: root, stdio: 'pipe' })
}, 300_000)

test('every page of docs/ is on it', () => {
  const pages = globSync('**/*.md', { cwd: join(root, 'docs') }).map((page) => page.replace(/\.md$/, '.html'))
  expect(pages.length).toBeGreaterThan(40)
  expect(
    [...pages, 'index.html', 'contributing.html', 'reference/verbs.html', 'examples/hybrid.pipeline.html'].filter(
      (page) => !existsSync(join(built, page)),
    ),
  ).toEqual([])
})

test('every link and picture of a page is there, with its anchor, and nothing is asked of others', () => {
  const pages = globSync('**/*.html', { cwd: built }).filter((page) => page !== '404.html')
  const texts = new Map(pages.map((page) => [page, readFileSync(join(built, page), 'utf8')]))
  const wrong: string[] = []
  let looked = 0
  for (const [page, html] of texts) {
    for (const [, element, to = ''] of html.matchAll(/<(\w+)[^>]*?\s(?:href|src)="([^"]*)"/g)) {
      if (to.startsWith('data:')) continue
      looked++
      if (/^(https?:)?\/\//.test(to)) {
        if (element !== 'a') wrong.push(`${page} loads ${to}`)
        continue
      }
      const [path = '', anchor] = decodeURI(to).split('#')
      const file = path === '' ? page : posix.normalize(path.startsWith('/') ? path.slice(1) : posix.join(dirname(page), path))
      const target = file === '.' || file === '' ? 'index.html' : file.endsWith('/') ? `${file}index.html` : file
      if (!existsSync(join(built, target))) wrong.push(`${page}: ${to}`)
      else if (anchor && texts.has(target) && !texts.get(target)!.includes(`id="${anchor}"`)) wrong.push(`${page}: ${to}`)
    }
  }
  expect(looked).toBeGreaterThan(5000)
  expect(wrong).toEqual([])
})

test('every picture says its size, so that nothing moves when it arrives', () => {
  const pages = globSync('**/*.html', { cwd: built }).map((page) => readFileSync(join(built, page), 'utf8'))
  const pictures = pages.flatMap((html) => [...html.matchAll(/<img src="[^"]*\/assets\/[^>]*>/g)].map(([picture]) => picture))
  expect(pictures.length).toBeGreaterThan(10)
  expect(pictures.filter((picture) => !/ width="[1-9]\d*" height="[1-9]\d*"/.test(picture))).toEqual([])
})

test('it is small: files, and what a first page and a search load', () => {
  const files = globSync('**/*', { cwd: built }).filter((file) => statSync(join(built, file)).isFile())
  const bytes = (pattern: RegExp) =>
    files.filter((file) => pattern.test(file)).reduce((sum, file) => sum + statSync(join(built, file)).size, 0)
  expect(bytes(/./)).toBeLessThan(8_500_000)
  expect(bytes(/chunks\/(framework|theme)|app\..*\.js|\.css$/)).toBeLessThan(350_000)
  expect(bytes(/localSearchIndex/)).toBeLessThan(900_000)
})

const chromium = await startChromium()
const missing = 'missing' in chromium ? chromium.missing : undefined
const browser = 'browser' in chromium ? chromium.browser : undefined
const server = await preview({ root: site, appType: 'mpa', preview: { host: '127.0.0.1', port: 0 } })
const address = server.resolvedUrls!.local[0]!
afterAll(async () => {
  await browser?.close()
  await server.close()
})

const main = ['index', 'tutorial', 'how-to/own-criterion', 'for/pytorch', 'faq', 'language', 'commands', 'reference/verbs', 'results']

test.skipIf(missing !== undefined).each([
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const)(`at %i pixels, %s: nobody is shut out, no error, no request to others ${missing ?? ''}`, async (width, colorScheme) => {
  const context = await browser!.newContext({ viewport: { width, height: 900 }, colorScheme })
  const seen: string[] = []
  context.on('request', (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith('data:')) seen.push(request.url())
  })
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.push(message.text())
  })
  context.on('weberror', (error) => seen.push(String(error.error())))
  const page = await context.newPage()
  for (const name of main) {
    await page.goto(`${address}${name}.html`, { waitUntil: 'networkidle' })
    expect(await barriersOn(page), name).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} fits`).toBe(width)
  }
  expect(seen).toEqual([])
  await context.close()
})

test.skipIf(missing !== undefined)(`the search finds a page without a server ${missing ?? ''}`, async () => {
  const page = await browser!.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${address}index.html`, { waitUntil: 'networkidle' })
  await page.keyboard.press('Control+k')
  await page.getByRole('searchbox').fill('learning-rate rewinding')
  await page.locator('.result').first().waitFor()
  expect(await page.locator('.result').count()).toBeGreaterThan(2)
  expect(asked.filter((url) => !url.startsWith(address))).toEqual([])
  await page.close()
})
