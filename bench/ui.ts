/**
 * Speed of the page in Chromium, on a store with 10,000 runs and 100,000 results: time to the first paint, to a drawn graph of 10,000
 * stages and a drawn curve of a million points, frame times while the graph is dragged, time from saving a file to the page, memory of the
 * server, and what 200 readers cost the steps of a run. For comparison, MLflow's page with as many runs, if pip can install it.
 *
 *   npm run bench -- ui [--runs 10000] [--results 100000] [--points 1000000] [--rounds 3] [--readers 200] [--no-mlflow]
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContext } from 'playwright-core'
import type { RunEvent } from '../runtime/run-event.ts'
import { openStore } from '../runtime/store/open.ts'
import { startChromium } from '../tests/chromium.ts'
import { mlflowPaint } from './ui-mlflow.ts'
import { cli, entered, serve } from './ui-server.ts'
import { fillStore, largeStudy, smallStudy } from './ui-store.ts'

const root = join(import.meta.dirname, '..')

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      runs: { type: 'string', default: '10000' },
      results: { type: 'string', default: '100000' },
      points: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      readers: { type: 'string', default: '200' },
      mlflow: { type: 'boolean', default: true },
    },
  })
  const [runs, results, points, rounds, readers] = [values.runs, values.results, values.points, values.rounds, values.readers].map(
    Number,
  ) as [number, number, number, number, number]
  const chromium = await startChromium()
  if ('missing' in chromium) throw new Error(chromium.missing)
  // In memory where possible: the page is measured, and filling the store need not wait for a disk.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'espalier-ui-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/espalier'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'large.pipeline.ts'), largeStudy(666))
    writeFileSync(join(folder, 'small.pipeline.ts'), smallStudy(1))
    console.log(`Filling a store with ${runs} runs and ${results} results …`)
    const store = await openStore(join(folder, '.espalier'))
    const key = await fillStore(store, { runs, results, points })
    store.close()
    const { browser } = chromium
    await pages(folder, browser, key, rounds)
    await saves(folder, browser, rounds)
    await manyReaders(folder, readers, rounds)
    if (values.mlflow) console.log(line(`MLflow: runs listed, of ${runs}`, await mlflowPaint(browser, folder, runs, rounds)))
  } finally {
    await chromium.browser.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const line = (what: string, says: string): string => `${what.padEnd(44)} ${says}`
const milliseconds = (times: readonly number[]): string =>
  `${Math.min(...times).toFixed(0)} ms (${times.map((time) => time.toFixed(0)).join(', ')})`

/** Milliseconds from the start of navigation until an element matches, measured in the page. */
async function until(context: BrowserContext, url: string, selector: string): Promise<number> {
  const page = await context.newPage()
  await page.goto(url, { waitUntil: 'commit' })
  const at = Number(
    await page.evaluate(`new Promise((done) => {
      const look = () => document.querySelector(${JSON.stringify(selector)}) !== null
        ? requestAnimationFrame(() => setTimeout(() => done(performance.now())))
        : requestAnimationFrame(look)
      look()
    })`),
  )
  await page.close()
  return at
}

async function several(rounds: number, measure: () => Promise<number>): Promise<number[]> {
  const all: number[] = []
  for (let i = 0; i < rounds; i++) all.push(await measure())
  return all
}

async function pages(folder: string, browser: Browser, key: string, rounds: number): Promise<void> {
  const served = await serve(folder, 'large.pipeline.ts')
  const context = await entered(browser, served)
  const at = (path: string) => served.address.origin + path
  const shown = async (what: string, path: string, selector: string) =>
    console.log(line(what, milliseconds(await several(rounds, () => until(context, at(path), selector)))))
  await shown('runs listed', '/runs', 'tbody tr')
  await shown('runs of one file, filtered and sorted', '/runs?text=study-7&sort=longest', 'tbody tr')
  await shown('curve of a million points drawn', `/stage/${key}`, '.uplot canvas')
  await shown('graph of 10,000 stages drawn', '/graph', '.graph canvas')
  const page = await context.newPage()
  await page.goto(at('/graph'))
  await page.locator('.graph canvas').waitFor()
  const frames = Number(await page.evaluate(panning))
  console.log(line('frames a second while it is moved', frames.toFixed(0)))
  await page.close()
  await sleep(5000) // it releases what it no longer needs
  const uses = served.uses()
  if (uses !== undefined)
    console.log(line('memory of the server', `${uses.memory.toFixed(0)} MB, at most ${uses.most.toFixed(0)} while it converted the data`))
  await context.close()
  await served.stop()
}

/** Drags for two seconds, one step per frame. */
const panning = `new Promise((done) => {
  const canvas = document.querySelector('.graph canvas')
  canvas.setPointerCapture = () => {}
  const at = (type, x) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: 400 + x, clientY: 400, bubbles: true }))
  at('pointerdown', 0)
  const began = performance.now()
  let frames = 0
  const move = (now) => {
    if (now - began > 2000) return done(frames / ((now - began) / 1000))
    frames++
    at('pointermove', 100 * Math.sin(frames / 10))
    requestAnimationFrame(move)
  }
  requestAnimationFrame(move)
})`

/** Time from saving a file, while `espalier watch` runs it, until the page shows the new graph. */
async function saves(folder: string, browser: Browser, rounds: number): Promise<void> {
  const file = join(folder, 'edited.pipeline.ts')
  writeFileSync(file, edited(1))
  const watch = spawn(process.execPath, [cli, 'watch', file, '--no-check'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const served = await serve(folder, 'edited.pipeline.ts')
  const context = await entered(browser, served)
  const page = await context.newPage()
  await page.goto(`${served.address.origin}/graph`)
  await page.getByText(/ 9 stages|^9 stages/).waitFor()
  const times: number[] = []
  for (let i = 2; i < 2 + rounds; i++) {
    await sleep(3000) // for the run of the previous save
    const stages = 3 + 6 * i
    const shown = page.evaluate(`new Promise((done) => {
      const look = () => document.querySelector('main').textContent.includes('${stages} stages') ? done(Date.now()) : requestAnimationFrame(look)
      look()
    })`)
    const saved = Date.now()
    writeFileSync(file, edited(i))
    times.push(Number(await shown) - saved)
  }
  console.log(line('from a save beside watch to the page', milliseconds(times)))
  watch.kill('SIGTERM')
  await new Promise((done) => watch.once('close', done))
  await context.close()
  await served.stop()
}

const edited = (arms: number): string => `
import { adam, compare, digits, lenet300, sweep, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, batch: 512, seed: 1 })
const sparsity = Array.from({ length: ${2 * arms} }, (_, i) => 0.5 + i / 100)
export default compare({ dense: train(), pruned: sweep({ sparsity }, (arm) => train().prune(arm.sparsity).finetune({ epochs: 1 })) })
`

/** Time of the steps of a run, alone and with readers that listen and poll, in turns; and of the whole run, with start and end. */
async function manyReaders(folder: string, readers: number, rounds: number): Promise<void> {
  const served = await serve(folder, 'small.pipeline.ts')
  const authorization = `Bearer ${served.address.hash.replace('#token=', '')}`
  const failed: string[] = []
  let asked = 0
  const ask = (path: string) =>
    new Promise<void>((done) => {
      asked++
      get({ port: served.address.port, path, headers: { authorization, host: served.address.host } }, (response) => {
        if (response.statusCode !== 200) failed.push(`${path}: ${response.statusCode}`)
        response.resume().on('end', done)
      }).on('error', (cause) => {
        failed.push(cause.message)
        done()
      })
    })
  const reader = async (i: number, stopped: () => boolean) => {
    const paths = ['/api/runs', '/api/runs?status=failed', '/api/states', '/api/machine']
    const events = get(
      { port: served.address.port, path: '/api/events', headers: { authorization, host: served.address.host } },
      (response) => response.resume(),
    ).on('error', () => {})
    for (let turn = 0; !stopped(); turn++) {
      await ask(paths[(i + turn) % paths.length]!)
      await sleep(5000)
    }
    events.destroy()
  }
  let seed = 0
  const run = async (): Promise<{ readonly steps: number; readonly whole: number }> => {
    writeFileSync(join(folder, 'run.pipeline.ts'), smallStudy(60).replace('seed: 1', `seed: ${++seed}`))
    const began = performance.now()
    const child = spawn(process.execPath, [cli, 'run', 'run.pipeline.ts', '--no-check', '--json', '--slots', '1', '--threads', '1'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const written = await text(child.stdout)
    const whole = performance.now() - began
    const events = written.split('\n').flatMap((each) => (each === '' ? [] : [JSON.parse(each) as RunEvent]))
    const trainings = events.flatMap((each) => (each.event === 'stage-done' && /train|finetune/.test(each.kind) ? [each.seconds] : []))
    if (trainings.length !== 2) throw new Error(`the run did not end with two trainings:\n${written.slice(-2000)}`)
    return { steps: 1000 * trainings.reduce((sum, one) => sum + one), whole }
  }
  await run()
  const [alone, beside]: [{ steps: number; whole: number }[], { steps: number; whole: number }[]] = [[], []]
  const busy: number[] = []
  for (let i = 0; i < rounds; i++) {
    alone.push(await run())
    let over = false
    const all = Array.from({ length: readers }, (_, j) => reader(j, () => over))
    const before = served.uses()?.seconds ?? Number.NaN
    const took = await run()
    beside.push(took)
    busy.push(((served.uses()?.seconds ?? Number.NaN) - before) / (took.whole / 1000))
    over = true
    await Promise.all(all)
  }
  for (const [what, of] of [
    ['steps of a run', 'steps'],
    ['a run, all of it,', 'whole'],
  ] as const) {
    const [one, other] = [alone, beside].map((times) => times.map((time) => time[of])) as [number[], number[]]
    const longer = `${((Math.min(...other) / Math.min(...one) - 1) * 100).toFixed(1)} % longer`
    console.log(line(`${what} beside ${readers} readers`, `${longer}; ${milliseconds(one)} alone, ${milliseconds(other)} beside them`))
  }
  console.log(line('of a processor, for the server meanwhile', `${(100 * Math.min(...busy)).toFixed(1)} %`))
  console.log(line('requests of these readers', `${asked}, ${failed.length} failed${failed.length > 0 ? `: ${failed[0]}` : ''}`))
  await served.stop()
}
