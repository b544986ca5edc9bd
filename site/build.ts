/**
 * `npm run docs`: the site, into site/dist/. `-- --open` then shows it in a browser, from 127.0.0.1; `-- --base /espalier/` is for a server
 * that has it below that path.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vitepress'
import { writePages } from './pages.ts'
import { root } from './root.ts'

const { values } = parseArgs({ options: { open: { type: 'boolean', default: false }, base: { type: 'string', default: '/' } } })
const site = join(root, 'site')
writePages(join(site, '.pages'))
await build(site, { base: values.base })
if (values.open) {
  const { preview } = await import('vite')
  const server = await preview({ root: site, base: values.base, appType: 'mpa', preview: { host: '127.0.0.1', open: true } })
  server.printUrls()
}
