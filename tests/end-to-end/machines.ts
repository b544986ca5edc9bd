/** Several machines as far as a test can have them: projects with homes of their own that share a database and a place of objects. */
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { PostgresServer } from '../runtime/store/postgres/server.ts'
import { temporaryFolder } from '../runtime/store/temporary-store.ts'
import { Project, type Running } from './command.ts'

export class Machines {
  readonly database: string
  readonly objects: string
  readonly env: NodeJS.ProcessEnv
  readonly #projects: Project[] = []

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

  espalier(machine: Project, ...args: readonly string[]): Running {
    const running = machine.start(args, this.env)
    onTestFinished(() => running.killAll('SIGKILL'))
    return running
  }

  run(machine: Project, ...args: readonly string[]): Running {
    return this.espalier(machine, 'run', 'a.pipeline.ts', '--on', 'cluster', '--objects', this.objects, '--json', ...args)
  }

  /** On a machine that has nothing but the library. Resolves when it waits for stages. */
  async worker(...args: readonly string[]): Promise<Running> {
    const running = this.espalier(this.machine(), 'worker', '--objects', this.objects, '--threads', '1', ...args)
    await new Promise<void>((resolve, reject) => {
      running.child.stderr!.on('data', (text: string) => text.includes('waits for stages') && resolve())
      void running.ended.then(({ stderr }) => reject(new Error(`the worker ended:\n${stderr}`)))
    })
    return running
  }
}
