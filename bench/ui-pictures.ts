/**
 * Pictures of the page for docs/looking.md, of a study that was run: `npm run bench -- pictures FILE`. They go to docs/figures, and are
 * looked at before they are kept.
 */
import { join } from 'node:path'
import { openStore } from '../runtime/store/open.ts'
import { storePlace } from '../runtime/store/store-place.ts'
import { startChromium } from '../tests/chromium.ts'
import { entered, serve } from './ui-server.ts'

const figures = join(import.meta.dirname, '../docs/figures')

interface Picture {
  readonly name: string
  readonly path: string
  readonly until: string
  readonly width?: number
  readonly height: number
  readonly dark?: true
}

export async function main([file]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('Name the pipeline file whose study was run.')
  const chromium = await startChromium()
  if ('missing' in chromium) throw new Error(chromium.missing)
  const { browser } = chromium
  const served = await serve(process.cwd(), file)
  try {
    const context = await entered(browser, served)
    const page = await context.newPage()
    for (const { name, path, until, width = 1280, height, dark } of await pictures(file)) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: dark === true ? 'dark' : 'light' })
      await page.goto(served.address.origin + path)
      await page.locator(until).first().waitFor()
      await page.waitForTimeout(1000) // until what is around it is drawn too
      await page.screenshot({ path: join(figures, `page-${name}.png`) })
      console.log(`docs/figures/page-${name}.png`)
    }
  } finally {
    await browser.close()
    await served.stop()
  }
}

/** A network with masks is shown as a stage. */
async function pictures(file: string): Promise<readonly Picture[]> {
  const store = await openStore(await storePlace({}, file), { existing: true })
  const stage = (await store.journal.places()).find(({ path }) => /(distill|finetune)$/.test(path))
  const [run] = await store.journal.runs({ most: 1 })
  store.close()
  return [
    { name: 'study', path: '/study', until: '.uplot canvas', height: 960 },
    { name: 'study-narrow', path: '/study', until: '.uplot canvas', width: 390, height: 844, dark: true },
    { name: 'graph', path: '/graph', until: '.graph canvas', height: 560 },
    { name: 'stage', path: `/stage/${stage?.key}`, until: '.masks canvas', height: 900 },
    { name: 'run', path: `/run/${run?.id}`, until: '.panel svg', height: 620, dark: true },
  ]
}
