/**
 * The promise that nothing is lost and nothing kept twice, by force: a study on four workers, each with a home of its own and a way of its own to the
 * database, whose processes, database and place of objects are disturbed at random moments until it is done. Then everything must be as on one
 * machine that nothing befell.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { verify } from '../../runtime/store/maintenance/verify.ts'
import { openStore } from '../../runtime/store/open.ts'
import { processesIn, signal } from '../crash-sweep/processes.ts'
import { artifactsOf, eventsNamed, type PlanDocument, Project, type Running } from '../end-to-end/command.ts'
import { PostgresServer } from '../runtime/store/postgres/server.ts'
import { type S3Server, s3rver } from '../runtime/store/s3/servers.ts'
import { type Disturbed, Way } from './way.ts'

export interface SweepOptions {
  readonly faults: number
  /** The same one draws the same faults, though they will meet the study elsewhere. */
  readonly seed: number
  /** The pipeline. */
  readonly study: string
  /** Seconds between two faults, at least and at most. */
  readonly between: readonly [number, number]
  readonly workers?: number
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

/** Time goes so many times as fast in all processes, and for the database's judgement of who lives. */
const times = 4
const timeLapse = `--import=${new URL('../crash-sweep/time-lapse.ts', import.meta.url).href}`
/** Real seconds after which one that shows no sign is dead, and some more. */
const lease = 10 / times + 1

class Worker {
  readonly project = new Project()
  readonly way: Way
  readonly #env: (port: number) => NodeJS.ProcessEnv
  running: Running

  constructor(way: Way, env: (port: number) => NodeJS.ProcessEnv) {
    this.way = way
    this.#env = env
    this.running = this.#start()
  }

  restart(): void {
    this.running = this.#start()
  }

  #start(): Running {
    return this.project.start(['worker', '--threads', '1'], this.#env(this.way.port))
  }

  /** Its processes that compute. */
  get children() {
    return processesIn(this.project.folder).filter(({ command }) => command.includes('dist/worker.js'))
  }
}

class Trial {
  readonly database: string
  readonly server: PostgresServer
  readonly s3: S3Server
  readonly s3Way: Way
  readonly workers: Worker[] = []
  readonly project: Project
  readonly way: Way
  readonly wrong: string[] = []
  readonly #prefix: string
  coordinator: Running | undefined
  attached = true
  attempts = 0

  private constructor(given: Pick<Trial, 'server' | 's3' | 's3Way' | 'way'>, project: Project, prefix: string) {
    ;({ server: this.server, s3: this.s3, s3Way: this.s3Way, way: this.way } = given)
    this.database = new URL(this.server.createDatabase()).pathname.slice(1)
    this.project = project
    this.#prefix = prefix
  }

  static async begin(parts: Pick<Trial, 'server' | 's3'>, study: string, count: number): Promise<Trial> {
    const toDatabase = () => Way.to({ path: join(parts.server.folder, '.s.PGSQL.5432') })
    const s3Way = await Way.to({ port: Number(new URL(parts.s3.env.ESPALIER_S3_ENDPOINT).port) })
    const project = new Project({ 'a.pipeline.ts': study })
    const trial = new Trial({ ...parts, s3Way, way: await toDatabase() }, project, `trial-${Date.now()}`)
    // The first makes the store.
    await trial.espalier('run', 'a.pipeline.ts', '--only', 'none-of-them').ended
    const clock = `SELECT timestamptz '${new Date().toISOString()}' + (clock_timestamp() - timestamptz '${new Date().toISOString()}') * ${times}`
    trial.sql(`CREATE OR REPLACE FUNCTION espalier.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$${clock}$$`)
    trial.sql('CREATE TABLE espalier.published (key text, artifact text)')
    trial.sql(
      `CREATE FUNCTION espalier.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO espalier.published VALUES (new.key, new.artifact); RETURN new; END$$`,
    )
    trial.sql('CREATE TRIGGER note AFTER INSERT OR UPDATE ON espalier.results FOR EACH ROW EXECUTE FUNCTION espalier.note()')
    for (let i = 0; i < count; i++) trial.workers.push(new Worker(await toDatabase(), (port) => trial.env(port)))
    return trial
  }

  env(port: number): NodeJS.ProcessEnv {
    return {
      ...this.s3.env,
      ESPALIER_S3_ENDPOINT: `http://127.0.0.1:${this.s3Way.port}`,
      ESPALIER_STORE: `postgres://${this.server.user}@127.0.0.1:${port}/${this.database}?sslmode=disable`,
      ESPALIER_OBJECTS: `s3://${this.s3.bucket}/${this.#prefix}`,
      NODE_OPTIONS: timeLapse,
    }
  }

  espalier(...args: readonly string[]): Running {
    return this.project.start(args, this.env(this.way.port))
  }

  sql(statement: string): string {
    return this.server.sql(statement, this.database)
  }

  /** By turns attached, and left to the workers. */
  coordinate(): void {
    const detach = this.attempts++ % 3 === 1
    this.attached = !detach
    this.coordinator = this.espalier(
      'run',
      'a.pipeline.ts',
      '--on',
      'cluster',
      '--json',
      '--checkpoint-every',
      '1',
      '--retries',
      '20',
      ...(detach ? ['--detach'] : []),
    )
  }

  /** The worker that coordinates a run that nobody is attached to. */
  get coordinating(): Worker | undefined {
    const pid = this.sql(
      "SELECT split_part(process, ' ', 3) FROM espalier.coordinations JOIN espalier.holders ON holders.id = holder LIMIT 1",
    )
    return this.workers.find(({ running }) => String(running.child.pid) === pid)
  }

  get isDetached(): boolean {
    return this.sql('SELECT count(*) FROM espalier.coordinations') !== '0'
  }

  remove(): void {
    for (const project of [this.project, ...this.workers.map((worker) => worker.project)]) {
      for (const { pid } of processesIn(project.folder)) signal(pid, 'SIGKILL')
      project.remove()
    }
    for (const way of [this.way, this.s3Way, ...this.workers.map((worker) => worker.way)]) way.close()
  }
}

type Fault = (trial: Trial, drawn: { readonly worker: Worker; readonly seconds: number }) => Promise<boolean>

async function restarted(worker: Worker, seconds: number): Promise<void> {
  await worker.running.ended
  await sleep((seconds * 1000) / 4)
  worker.restart()
}

async function suspended(run: Running): Promise<void> {
  run.killAll('SIGSTOP')
  await sleep(lease * 1000)
  run.killAll('SIGCONT')
}

const objectsAre =
  (mode: Disturbed): Fault =>
  async ({ s3Way }, { seconds }) => {
    s3Way.mode = mode
    await sleep(500 + seconds * 1000)
    s3Way.mode = 'open'
    return true
  }

const faults = {
  'kill a worker': async (_, { worker, seconds }) => {
    worker.running.killAll('SIGKILL')
    await restarted(worker, seconds)
    return true
  },
  'kill what computes': async (_, { worker }) => {
    const [child] = worker.children
    return child !== undefined && signal(child.pid, 'SIGKILL')
  },
  'drain a worker': async (_, { worker, seconds }) => {
    worker.running.child.kill('SIGTERM')
    await restarted(worker, seconds)
    return true
  },
  'suspend a worker': async (_, { worker }) => {
    await suspended(worker.running)
    return true
  },
  'cut a worker off': async (_, { worker }) => {
    worker.way.mode = 'cut'
    await sleep(lease * 1000)
    worker.way.mode = 'open'
    return true
  },
  'kill the attached run': async ({ coordinator }) => {
    if (coordinator === undefined || coordinator.child.exitCode !== null) return false
    coordinator.killAll('SIGKILL')
    await coordinator.ended
    return true
  },
  'interrupt the attached run': async ({ coordinator }) => {
    if (coordinator === undefined || coordinator.child.exitCode !== null || !coordinator.written().includes('"start"')) return false
    return coordinator.child.kill('SIGINT')
  },
  'suspend the attached run': async ({ coordinator }) => {
    if (coordinator === undefined || coordinator.child.exitCode !== null) return false
    await suspended(coordinator)
    return true
  },
  'kill the worker that coordinates': async (trial, { seconds }) => {
    const worker = trial.coordinating
    if (worker === undefined) return false
    worker.running.killAll('SIGKILL')
    await restarted(worker, seconds)
    return true
  },
  'stop the database at once': async ({ server }, { seconds }) => {
    server.stop('immediate')
    await sleep((seconds * 1000) / 2)
    server.start()
    return true
  },
  'objects answer 500': objectsAre('failing'),
  'objects are slow': objectsAre('slow'),
  'objects are cut short': objectsAre('truncated'),
  'objects are gone': objectsAre('gone'),
} as const satisfies { readonly [name: string]: Fault }
type FaultName = keyof typeof faults
const names = Object.keys(faults) as FaultName[]

interface Drawn {
  readonly what: FaultName
  readonly seconds: number
  readonly among: number
}

/** Each as often as the others, in random order. */
function drawn({ faults: count, seed, between: [min, max] }: SweepOptions): Drawn[] {
  const moment = fc.noBias(fc.double({ min, max, noNaN: true }))
  const each = (what: FaultName) => fc.record({ what: fc.constant(what), seconds: moment, among: fc.nat(1_000_000) })
  const round = fc.shuffledSubarray(names, { minLength: names.length }).chain((order) => fc.tuple(...order.map(each)))
  const rounds = fc.sample(round, { seed, numRuns: Math.ceil(count / names.length) })
  return rounds.flat().slice(0, count)
}

export async function sweep(options: SweepOptions): Promise<Report> {
  const left = drawn(options)
  const counts = Object.fromEntries(names.map((name) => [name, 0]))
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
      const trial = await Trial.begin({ server, s3 }, options.study, options.workers ?? 4)
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
    const { code, stderr } = await running.ended
    if (code !== 0) wrong.push(`a worker ended with ${code}: ${stderr.slice(-1000)}`)
  }
  const twice = trial.sql('SELECT key, count(*), count(DISTINCT artifact) FROM espalier.published GROUP BY key HAVING count(*) > 1')
  if (twice !== '') wrong.push(`published more than once: ${twice}`)
  for (const table of ['jobs', 'leases', 'workers', 'coordinations'])
    if (trial.sql(`SELECT count(*) FROM espalier.${table}`) !== '0')
      wrong.push(`left in ${table}: ${trial.sql(`SELECT * FROM espalier.${table}`)}`)
  const env = trial.env(trial.way.port)
  Object.assign(process.env, { ...trial.s3.env, ESPALIER_S3_ENDPOINT: env.ESPALIER_S3_ENDPOINT })
  const home = mkdtempSync(join(tmpdir(), 'espalier-sweep-'))
  const store = await openStore({ home, objects: env.ESPALIER_OBJECTS!, database: env.ESPALIER_STORE! })
  try {
    const { findings } = await verify(store)
    wrong.push(...findings.map(({ what, wrong: says }) => `verify: ${what} ${says}`))
    const found = (await store.inventory.contents.objects()).map(({ digest }) => digest.slice(7))
    // What nothing befell has no object without a row.
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
