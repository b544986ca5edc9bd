/** Pictures of the page, for the study that `npm start` runs. */
import { join } from 'node:path'
import { entered, serve } from '../../bench/ui-server.ts'
import { openStore } from '../../runtime/store/open.ts'
import { storePlace } from '../../runtime/store/store-place.ts'
import { startChromium } from '../../tests/chromium.ts'
import { espalier, picture, root } from './places.ts'

const file = 'examples/hybrid.pipeline.ts'

interface Shot {
  readonly name: string
  readonly path: string
  readonly until: string
  readonly width?: number
  readonly height: number
  readonly dark?: true
}

export async function pagePictures(): Promise<void> {
  espalier(root, 'run', file)
  const chromium = await startChromium()
  if ('missing' in chromium) throw new Error(chromium.missing)
  const { browser } = chromium
  const served = await serve(root, file)
  try {
    const page = await (await entered(browser, served)).newPage()
    for (const { name, path, until, width = 1280, height, dark } of await shots()) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: dark === true ? 'dark' : 'light' })
      await page.goto(served.address.origin + path)
      await page.locator(until).first().waitFor()
      await page.waitForTimeout(1000) // until the surroundings are drawn too
      await page.screenshot({ path: picture(name, 'png') })
    }
  } finally {
    await browser.close()
    await served.stop()
  }
}

/** The stage is a network with masks; the run is the last one that computed something. */
async function shots(): Promise<readonly Shot[]> {
  const store = await openStore(await storePlace({}, join(root, file)), { existing: true })
  const stage = (await store.journal.places()).find(({ path }) => path === 'seed=0/hybrid/distill')
  const [run] = await store.journal.runs({ most: 1 })
  store.close()
  return [
    { name: 'page-study', path: '/study', until: '.uplot canvas', height: 960 },
    { name: 'page-study-narrow', path: '/study', until: '.uplot canvas', width: 390, height: 844, dark: true },
    { name: 'page-graph', path: '/graph', until: '.graph canvas', height: 560 },
    { name: 'page-stage', path: `/stage/${stage?.key}`, until: '.masks canvas', height: 900 },
    { name: 'page-run', path: `/run/${run?.id}`, until: '.panel svg', height: 620, dark: true },
  ]
}
