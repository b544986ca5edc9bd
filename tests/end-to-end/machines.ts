/** Several machines as far as a test can have them: projects with homes of their own that share a database and a place of objects. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { openStore } from '../../runtime/store/open.ts'
import type { Store } from '../../runtime/store/store.ts'
import { type WorkersView, workersOf } from '../../runtime/views/workers.ts'
import type { PostgresServer } from '../runtime/store/postgres/server.ts'
import { temporaryFolder } from '../runtime/store/temporary-store.ts'
import { type artifactsOf, type PlanDocument, Project, type Running } from './command.ts'

export class Machines {
  readonly database: string
  readonly objects: string
  readonly env: NodeJS.ProcessEnv
  readonly #projects: Project[] = []
  #store: Store | undefined

  private constructor(database: string, objects: string, env: NodeJS.ProcessEnv) {
    this.database = database
    this.objects = objects
    this.env = { ESPALIER_STORE: database, ...env }
    onTestFinished(() => {
      for (const project of this.#projects) project.remove()
    })
  }

  static async of(server: PostgresServer, env: NodeJS.ProcessEnv = {}): Promise<Machines> {
    return new Machines(server.createDatabase(), join(await temporaryFolder(), 'objects'), env)
  }

  machine(files: { readonly [name: string]: string } = {}): Project {
    const project = new Project(files)
    this.#projects.push(project)
    return project
  }

  /** What every stage came to, by its path. */
  async artifacts(machine: Project): Promise<Awaited<ReturnType<typeof artifactsOf>>> {
    const { stages } = JSON.parse((await this.espalier(machine, 'plan', 'a.pipeline.ts', '--json').ended).stdout) as PlanDocument
    return Object.fromEntries(stages.map(({ path, artifact }) => [path, artifact]))
  }

  /** As `espalier workers` shows them. */
  async workers(): Promise<WorkersView> {
    if (this.#store === undefined) {
      const opened = await openStore({ home: join(await temporaryFolder(), 'home'), objects: this.objects, database: this.database })
      onTestFinished(() => opened.close())
      this.#store = opened
    }
    return workersOf(this.#store)
  }

  /** Until nothing is at work and nothing waits. */
  async idle(): Promise<void> {
    for (;;) {
      const { workers, waiting } = await this.workers()
      if (waiting === 0 && workers.every(({ stages }) => stages.length === 0)) return
      await sleep(100)
    }
  }

  espalier(machine: Project, ...args: readonly string[]): Running {
    const running = machine.start(args, this.env)
    onTestFinished(() => running.killAll('SIGKILL'))
    return running
  }

  run(machine: Project, ...args: readonly string[]): Running {
    return this.espalier(machine, 'run', 'a.pipeline.ts', '--on', 'cluster', '--objects', this.objects, '--json', ...args)
  }

  /** On a machine that has nothing but the library. Resolves when it waits for stages. */
  async worker(threads = 1): Promise<Running> {
    const running = this.espalier(this.machine(), 'worker', '--objects', this.objects, '--threads', String(threads))
    await new Promise<void>((resolve, reject) => {
      running.child.stderr!.on('data', (text: string) => text.includes('waits for stages') && resolve())
      void running.ended.then(({ stderr }) => reject(new Error(`the worker ended:\n${stderr}`)))
    })
    return running
  }
}
