/** Links between the repository's pages, and pictures on them. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import { expect, test } from 'vitest'
import { root } from './snippets.ts'

const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

/** A page without its code. */
const prose = (page: string): string =>
  readFileSync(join(root, page), 'utf8')
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, (code) => (code.includes('](') ? '' : code))

/** As forges and the site make them of headings. */
function anchors(page: string): ReadonlySet<string> {
  const slugger = new GithubSlugger()
  const headings = [...prose(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => heading)
  return new Set(headings.map((heading) => slugger.slug(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', ''))))
}

const links = pages.flatMap((page) => [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => ({ page, to })))
const within = links.filter(({ to }) => !/^[a-z]+:/.test(to))

test('every link leads to a file, and every anchor to a heading', () => {
  expect(within.length).toBeGreaterThan(200)
  const broken = within.filter(({ page, to }) => {
    const [path = '', anchor] = to.split('#')
    const target = path === '' ? page : posix.join(dirname(page), path)
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && !(target.endsWith('.md') && anchors(target).has(anchor))
  })
  expect(broken.map(({ page, to }) => `${page}: ${to}`)).toEqual([])
})

test('links out are to the web, over TLS', () => {
  const out = links.filter(({ to }) => /^[a-z]+:/.test(to) && !to.startsWith('https://'))
  expect(out.map(({ page, to }) => `${page}: ${to}`)).toEqual([])
})

test('every picture is on a page, and is made by npm run pictures', () => {
  const made = globSync('scripts/pictures/*.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  const pictures = globSync('docs/figures/*', { cwd: root }).map((file) => posix.normalize(file))
  const shown = new Set(within.map(({ page, to }) => posix.join(dirname(page), to)))
  expect(pictures.filter((file) => !shown.has(file))).toEqual([])
  expect(pictures.filter((file) => !made.includes(`'${posix.basename(file).replace(/\.\w+$/, '')}'`))).toEqual([])
})

test('every page that code speaks of is there', () => {
  const files = globSync('{dsl,stdlib,runtime,scripts,site,results,bench}/**/*.{ts,tsx,mjs}', {
    cwd: root,
    exclude: ['site/dist', 'site/.pages'],
  })
  const named = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([page]) => `${file}: ${page}`),
  )
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((one) => !existsSync(join(root, one.split(': ')[1]!)))).toEqual([])
})
