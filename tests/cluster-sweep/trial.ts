import { join } from 'node:path'
import { processesIn, signal } from '../crash-sweep/processes.ts'
import { Project, type Running } from '../end-to-end/command.ts'
import type { PostgresServer } from '../runtime/store/postgres/server.ts'
import type { S3Server } from '../runtime/store/s3/servers.ts'
import { Network, noNetworks } from './network.ts'
import { Way } from './way.ts'

/** Time goes so many times as fast in all processes, and for the database's judgement of who lives. */
const times = 4
const timeLapse = `--import=${new URL('../crash-sweep/time-lapse.ts', import.meta.url).href}`
/** Real seconds after which one that shows no sign is dead, and some more. */
export const lease = 10 / times + 1

/** Ways to what a process needs. */
interface Ways {
  readonly database: Way
  readonly s3: Way
}

export class Worker {
  readonly project = new Project()
  readonly way: Way
  /** Of its own, if it has one. */
  readonly network: Network | undefined
  readonly #env: NodeJS.ProcessEnv
  running: Running

  constructor(ways: Ways, env: (ways: Ways) => NodeJS.ProcessEnv, network?: Network) {
    this.way = ways.database
    this.network = network
    this.#env = env(ways)
    this.running = this.#start()
  }

  restart(): void {
    this.running = this.#start()
  }

  #start(): Running {
    return this.project.start(['worker', '--threads', '1'], this.#env, {}, this.network?.by)
  }

  /** Its processes that compute. */
  get children() {
    return processesIn(this.project.folder).filter(({ command }) => command.includes('dist/worker.js'))
  }
}

type Parts = Pick<Trial, 'server' | 's3' | 'minute' | 'attempts'>

export class Trial {
  readonly database: string
  readonly server: PostgresServer
  readonly s3: S3Server
  readonly s3Ways: Way[] = []
  readonly workers: Worker[] = []
  /** What a minute takes here, in milliseconds. */
  readonly minute: number
  readonly project: Project
  readonly way: Way
  readonly wrong: string[] = []
  readonly #prefix: string
  coordinator: Running | undefined
  attached = true
  /** To run the study; whether one is attached to it goes by their number. */
  attempts: number

  private constructor(given: Parts & { readonly ways: Ways }, project: Project, prefix: string) {
    ;({ server: this.server, s3: this.s3, minute: this.minute, attempts: this.attempts } = given)
    this.way = given.ways.database
    this.s3Ways.push(given.ways.s3)
    this.database = new URL(this.server.createDatabase()).pathname.slice(1)
    this.project = project
    this.#prefix = prefix
  }

  static async begin(parts: Parts, study: string, count: number): Promise<Trial> {
    const toDatabase = (host?: string) => Way.to({ path: join(parts.server.folder, '.s.PGSQL.5432') }, host)
    const toS3 = (host?: string) => Way.to({ port: Number(new URL(parts.s3.env.ESPALIER_S3_ENDPOINT).port) }, host)
    const project = new Project({ 'a.pipeline.ts': study })
    const ways = { database: await toDatabase(), s3: await toS3() }
    const trial = new Trial({ ...parts, ways }, project, `trial-${Date.now()}`)
    // The first makes the store.
    await trial.espalier('run', 'a.pipeline.ts', '--only', 'none-of-them').ended
    const clock = `SELECT timestamptz '${new Date().toISOString()}' + (clock_timestamp() - timestamptz '${new Date().toISOString()}') * ${times}`
    trial.sql(`CREATE OR REPLACE FUNCTION espalier.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$${clock}$$`)
    trial.sql('CREATE TABLE espalier.published (key text, artifact text)')
    trial.sql(
      `CREATE FUNCTION espalier.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO espalier.published VALUES (new.key, new.artifact); RETURN new; END$$`,
    )
    trial.sql('CREATE TRIGGER note AFTER INSERT OR UPDATE ON espalier.results FOR EACH ROW EXECUTE FUNCTION espalier.note()')
    for (let i = 0; i < count; i++) {
      const network = i === 0 && noNetworks === undefined ? new Network(i) : undefined
      const s3 = network === undefined ? ways.s3 : await toS3(network.host)
      if (network !== undefined) trial.s3Ways.push(s3)
      trial.workers.push(new Worker({ database: await toDatabase(network?.host), s3 }, (all) => trial.env(all), network))
    }
    return trial
  }

  env({ database, s3 }: Ways = { database: this.way, s3: this.s3Ways[0]! }): NodeJS.ProcessEnv {
    return {
      ...this.s3.env,
      ESPALIER_S3_ENDPOINT: `http://${s3.at}`,
      ESPALIER_STORE: `postgres://${this.server.user}@${database.at}/${this.database}?sslmode=disable`,
      ESPALIER_OBJECTS: `s3://${this.s3.bucket}/${this.#prefix}`,
      NODE_OPTIONS: timeLapse,
    }
  }

  espalier(...args: readonly string[]): Running {
    return this.project.start(args, this.env())
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
    for (const way of [this.way, ...this.s3Ways, ...this.workers.map((worker) => worker.way)]) way.close()
    for (const { network } of this.workers) network?.remove()
  }
}
