/**
 * The promise that nothing is lost and nothing done twice, by force: the real command is killed, crashed, hung up, suspended and taken over at
 * random moments, alone or with its workers, and started again, until it was disturbed often enough and the plan is done. Then everything must
 * be as if nothing had been.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { Project } from '../end-to-end/command.ts'
import { type Done, faultsIn, type Undisturbed, undisturbedIn } from './aftermath.ts'
import { type DisturbanceName, disturbances } from './disturbances.ts'
import { DisturbedRun } from './disturbed-run.ts'
import { processesIn, signal } from './processes.ts'

export interface SweepOptions {
  /** How often the command is disturbed. */
  readonly disturbances: number
  /** The same one draws the same disturbances, though they will meet the command elsewhere. */
  readonly seed: number
  /** The pipeline. */
  readonly study: string
  /** Seconds from a start, or the last disturbance, to the next one: at least, and at most. */
  readonly between: readonly [number, number]
  readonly onDisturbance?: (disturbance: Drawn) => void
}

interface Drawn {
  readonly what: DisturbanceName
  readonly seconds: number
}

export interface Report {
  readonly counts: { readonly [what in DisturbanceName]?: number }
  /** How often the plan was brought to its end. */
  readonly plans: number
  /** Stages of the plan. */
  readonly stages: number
  /** What went wrong; empty when all is as it must be. */
  readonly faults: readonly string[]
}

const names = Object.keys(disturbances) as DisturbanceName[]

/** Each as often as the others, in random order. */
function drawn({ disturbances: count, seed, between: [least, longest] }: SweepOptions): Drawn[] {
  const moment = fc.noBias(fc.double({ min: least, max: longest, noNaN: true }))
  const round = fc
    .shuffledSubarray(names, { minLength: names.length })
    .chain((order) => fc.tuple(...order.map((what) => fc.record({ what: fc.constant(what), seconds: moment }))))
  return fc
    .sample(round, { seed, numRuns: Math.ceil(count / names.length) })
    .flat()
    .slice(0, count)
}

export async function sweep(options: SweepOptions): Promise<Report> {
  const files = { 'a.pipeline.ts': options.study }
  const faults: string[] = []
  const left = drawn(options)
  const counts = Object.fromEntries(
    names.flatMap((name) => {
      const often = left.filter(({ what }) => what === name).length
      return often === 0 ? [] : [[name, often]]
    }),
  )
  const undisturbed = await undisturbedOf(files)
  let plans = 0
  while (left.length > 0 || plans === 0) {
    const project = new Project(files)
    try {
      const { done, faults: seen } = await disturbed(project, left, options)
      plans++
      faults.push(...seen, ...(await faultsIn(project, undisturbed, done)))
    } finally {
      clear(project)
    }
  }
  return { counts, plans, stages: Object.keys(undisturbed.artifacts).length, faults }
}

/** Whatever happened, no process is left in the folder that goes. */
function clear(project: Project): void {
  for (const { pid } of processesIn(project.folder)) signal(pid, 'SIGKILL')
  project.remove()
}

async function undisturbedOf(files: { readonly [name: string]: string }): Promise<Undisturbed> {
  const project = new Project(files)
  try {
    const run = await DisturbedRun.start(project)
    await run.ended
    if (run.fault !== undefined) throw new Error(`the undisturbed run ${run.fault}`)
    return await undisturbedIn(project)
  } finally {
    clear(project)
  }
}

/** Runs the plan to its end, through as many disturbances as are left or as fit; takes those off the list. */
async function disturbed(project: Project, left: Drawn[], { onDisturbance }: SweepOptions) {
  const done: Done = { workersEnded: 0, killed: false, woken: [] }
  const runs: DisturbedRun[] = []
  const start = async () => {
    const run = await DisturbedRun.start(project, left[0]?.what === 'close the terminal')
    runs.push(run)
    return run
  }
  const running = () => runs.filter(({ isOver }) => !isOver)
  for (;;) {
    if (running().length === 0) {
      if (runs.some(({ end }) => end === 0)) break
      await start()
    }
    const next = left[0]
    if (next === undefined) {
      await Promise.all(runs.map(({ ended }) => ended))
      continue
    }
    if (next.what === 'close the terminal' && !running().some(({ inTerminal }) => inTerminal)) await start()
    await Promise.race([Promise.all(runs.map(({ ended }) => ended)), sleep(next.seconds * 1000)])
    const there = running()
    const among = (many: number) => Math.floor(next.seconds * 1e6) % many
    const run = there.find(({ inTerminal }) => inTerminal && next.what === 'close the terminal') ?? there[among(there.length)]
    if (run === undefined || !(await disturbances[next.what]({ project, run, done, start, among }))) continue
    onDisturbance?.(next)
    left.shift()
  }
  const faults = runs.flatMap(({ fault }) => fault ?? [])
  return { done, faults }
}
