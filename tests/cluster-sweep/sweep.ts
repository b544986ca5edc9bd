/**
 * The promise that nothing is lost and nothing kept twice, by force: a study on four workers, each with a home of its own and a way of its own to the
 * database, whose processes, database and place of objects are disturbed at random moments until it is done. Then everything must be as on one
 * undisturbed machine.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { verify } from '../../runtime/store/maintenance/verify.ts'
import { openStore } from '../../runtime/store/open.ts'
import { artifactsOf, type Ended, eventsNamed, type PlanDocument, Project } from '../end-to-end/command.ts'
import { PostgresServer } from '../runtime/store/postgres/server.ts'
import { s3rver } from '../runtime/store/s3/servers.ts'
import { type FaultName, faultNames, faults } from './faults.ts'
import { Trial } from './trial.ts'

export interface SweepOptions {
  readonly faults: number
  /** The same one draws the same faults, though they will meet the study elsewhere. */
  readonly seed: number
  /** The pipeline. */
  readonly study: string
  /** Seconds between two faults, at least and at most. */
  readonly between: readonly [number, number]
  readonly workers?: number
  /** Seconds for which objects are gone when they are gone for a minute. Default 15: time goes four times as fast in all processes. */
  readonly minute?: number
  readonly onFault?: (fault: FaultName, seconds: number) => void
}

interface Report {
  readonly counts: { readonly [fault: string]: number }
  /** How often the study was brought to its end. */
  readonly studies: number
  readonly stages: number
  /** What is not as it must be. */
  readonly wrong: readonly string[]
}

interface Drawn {
  readonly what: FaultName
  readonly seconds: number
  readonly among: number
}

/** Each as often as the others, in random order. */
function drawn({ faults: count, seed, between: [min, max] }: SweepOptions): Drawn[] {
  const moment = fc.noBias(fc.double({ min, max, noNaN: true }))
  const each = (what: FaultName) => fc.record({ what: fc.constant(what), seconds: moment, among: fc.nat(1_000_000) })
  const round = fc.shuffledSubarray(faultNames, { minLength: faultNames.length }).chain((order) => fc.tuple(...order.map(each)))
  const rounds = fc.sample(round, { seed, numRuns: Math.ceil(count / faultNames.length) })
  return rounds.flat().slice(0, count)
}

export async function sweep(options: SweepOptions): Promise<Report> {
  const left = drawn(options)
  const counts = Object.fromEntries(faultNames.map((name) => [name, 0]))
  const wrong: string[] = []
  const alone = new Project({ 'a.pipeline.ts': options.study })
  const server = new PostgresServer()
  const s3 = await s3rver()
  let studies = 0
  try {
    const { code, stdout, stderr } = await alone.start(['run', 'a.pipeline.ts', '--threads', '1', '--json']).ended
    if (code !== 0) throw new Error(`the undisturbed run failed:\n${stdout}\n${stderr}`)
    const expected = await artifactsOf(alone, 'a.pipeline.ts')
    while (left.length > 0 || studies === 0) {
      // Each begins with another turn, so that a fault that needs a run nobody is attached to happens although no other fault is left.
      const parts = { server, s3, minute: 1000 * (options.minute ?? 15), attempts: studies }
      const trial = await Trial.begin(parts, options.study, options.workers ?? 4)
      try {
        await disturbed(trial, left, options, counts)
        studies++
        wrong.push(...trial.wrong, ...(await aftermath(trial, expected, objectsOf(alone))))
      } finally {
        trial.remove()
      }
    }
    return { counts, studies, stages: Object.keys(expected).length, wrong }
  } finally {
    alone.remove()
    await s3.stop()
    server.remove()
  }
}

/** Until the study is done: through as many faults as are left or as fit; those are taken off the list. */
async function disturbed(trial: Trial, left: Drawn[], { onFault }: SweepOptions, counts: { [fault: string]: number }): Promise<void> {
  trial.coordinate()
  for (let skipped = 0; ; ) {
    const { coordinator } = trial
    const ended = coordinator?.child.exitCode
    if (coordinator !== undefined && (ended !== null || coordinator.child.signalCode !== null)) {
      const { code, signal, stdout, stderr } = await coordinator.ended
      if (code === 0 && trial.attached && eventsNamed(stdout, 'done')[0]?.ok) return
      if (signal === null && ![0, 130].includes(code!) && !stderr.includes('cannot be reached')) {
        const failed = (trial.attached ? eventsNamed(stdout, 'stage-failed') : []).map(
          ({ path, problem }) => `${path}: ${problem.title} ${JSON.stringify(problem.facts)}`,
        )
        trial.wrong.push(`the run ended with ${code}: ${[...failed, stderr.slice(-1000)].join('\n')}`)
        if (trial.wrong.length > 5) return
      }
      if (code === 0) while (trial.isDetached && left.length === 0) await sleep(200)
      if (!trial.isDetached || left.length === 0 || skipped > 2) trial.coordinate()
    }
    await supervise(trial)
    const next = left[0]
    if (next === undefined) {
      await Promise.race([trial.coordinator!.ended, sleep(200)])
      continue
    }
    await sleep(next.seconds * 1000)
    const worker = trial.workers[next.among % trial.workers.length]!
    const happened = await faults[next.what](trial, { worker, seconds: next.seconds })
    // What cannot happen now may later.
    left.shift()
    if (happened) {
      counts[next.what]!++
      onFault?.(next.what, next.seconds)
      skipped = 0
    } else {
      left.splice(Math.min(left.length, 3), 0, next)
      skipped++
    }
  }
}

/** A worker that came while something was away: it says so and ends. One that has begun to wait for stages does not. */
const cameInVain = ({ stderr }: Ended): boolean => !stderr.includes('waits for stages') && stderr.includes('cannot be reached')

/** As whoever starts workers does. */
async function supervise({ workers, wrong }: Trial): Promise<void> {
  for (const worker of workers) {
    if (worker.running.child.exitCode === null) continue
    const ended = await worker.running.ended
    if (!cameInVain(ended)) wrong.push(`a worker ended with ${ended.code}: ${ended.stderr.slice(-1000)}`)
    worker.restart()
  }
}

async function aftermath(
  trial: Trial,
  expected: { readonly [path: string]: string | null },
  objects: readonly string[],
): Promise<string[]> {
  const wrong: string[] = []
  const plan = await trial.espalier('plan', 'a.pipeline.ts', '--json', '--threads', '1').ended
  if (plan.code !== 0) return [`plan failed: ${plan.stderr}`]
  for (const { path, status, artifact } of (JSON.parse(plan.stdout) as PlanDocument).stages)
    if (status !== 'hit' || artifact !== expected[path])
      wrong.push(`${path} is ${status} and came to ${artifact}, alone to ${expected[path]}`)
  for (const worker of trial.workers) worker.running.child.kill('SIGTERM')
  for (const { running } of trial.workers) {
    const ended = await running.ended
    if (ended.code !== 0 && !cameInVain(ended)) wrong.push(`a worker ended with ${ended.code}: ${ended.stderr.slice(-1000)}`)
  }
  const twice = trial.sql('SELECT key, count(*), count(DISTINCT artifact) FROM espalier.published GROUP BY key HAVING count(*) > 1')
  if (twice !== '') wrong.push(`published more than once: ${twice}`)
  for (const table of ['jobs', 'leases', 'workers', 'coordinations'])
    if (trial.sql(`SELECT count(*) FROM espalier.${table}`) !== '0')
      wrong.push(`left in ${table}: ${trial.sql(`SELECT * FROM espalier.${table}`)}`)
  const env = trial.env()
  Object.assign(process.env, { ...trial.s3.env, ESPALIER_S3_ENDPOINT: env.ESPALIER_S3_ENDPOINT })
  const home = mkdtempSync(join(tmpdir(), 'espalier-sweep-'))
  const store = await openStore({ home, objects: env.ESPALIER_OBJECTS!, database: env.ESPALIER_STORE! })
  try {
    const { findings } = await verify(store)
    wrong.push(...findings.map(({ what, wrong: says }) => `verify: ${what} ${says}`))
    const found = (await store.inventory.contents.objects()).map(({ digest }) => digest.slice(7))
    // What was not disturbed has no object without a row.
    wrong.push(...objects.filter((name) => !found.includes(name)).map((name) => `the object ${name} is missing`))
    wrong.push(...found.filter((name) => !objects.includes(name)).map((name) => `the object ${name} belongs to nothing`))
  } finally {
    store.close()
    rmSync(home, { recursive: true, force: true })
  }
  return wrong
}

/** By the hex digits of their contents. */
function objectsOf({ folder }: Project): string[] {
  const objects = join(folder, '.espalier/objects')
  return readdirSync(objects).flatMap((start) => readdirSync(join(objects, start)).map((rest) => start + rest))
}
