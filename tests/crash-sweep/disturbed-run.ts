/** One start of the command in a sweep: what it may be done to, and which ends are allowed for it then. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Project } from '../end-to-end/command.ts'
import { type Process, processesIn, signal } from './processes.ts'

const command = [
  'run',
  'a.pipeline.ts',
  '--no-check',
  '--json',
  '--threads',
  '1',
  '--slots',
  '2',
  '--checkpoint-every',
  '1',
  '--retries',
  '9',
]
const env = { ...process.env, NODE_OPTIONS: `--import=${new URL('time-lapse.ts', import.meta.url).href}` }

/** Exit code, or the signal that ended it. Of one that has lost its terminal neither is known. */
type End = number | NodeJS.Signals | 'gone'

export class DisturbedRun {
  readonly ended: Promise<void>
  readonly inTerminal: boolean
  /** The command's own process, in a group of its own. */
  readonly pid: number
  end: End | undefined
  readonly #folder: string
  readonly #terminal: number | undefined
  readonly #allowed = new Set<End>([0])
  #written = ''

  private constructor(project: Project, inTerminal: boolean, started: ReturnType<typeof spawn>, pid: number) {
    this.#folder = project.folder
    this.inTerminal = inTerminal
    this.#terminal = inTerminal ? started.pid : undefined
    this.pid = pid
    for (const stream of [started.stdout, started.stderr])
      stream!.setEncoding('utf8').on('data', (text: string) => {
        this.#written += text
      })
    this.ended = new Promise((resolve) => {
      started.on('close', async (code, by) => {
        if (inTerminal) while (this.#isThere()) await sleep(20)
        this.end ??= inTerminal && by !== null ? 'gone' : (by ?? code!)
        resolve()
      })
    })
  }

  static async start(project: Project, inTerminal = false): Promise<DisturbedRun> {
    const line = project.commandLine(command)
    const [program, ...args] = inTerminal ? ['script', '-qfec', `exec ${line.join(' ')}`, '/dev/null'] : line
    const started = spawn(program!, args, { cwd: project.folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let pid = inTerminal ? undefined : started.pid
    while (pid === undefined && started.exitCode === null) {
      await sleep(10)
      pid = processesIn(project.folder).find(({ parent }) => parent === started.pid)?.pid
    }
    return new DisturbedRun(project, inTerminal, started, pid!)
  }

  get isOver(): boolean {
    return this.end !== undefined
  }

  /** What is wrong with how it ended. */
  get fault(): string | undefined {
    return this.#allowed.has(this.end!) ? undefined : `ended with ${this.end}: ${this.#written.slice(-2000)}`
  }

  /** Before that a signal ends it as it ends any process. */
  get hasBegun(): boolean {
    return this.#written.includes('"event":"start"')
  }

  get workers(): readonly Process[] {
    return processesIn(this.#folder).filter(({ parent, command }) => parent === this.pid && command.includes('worker.js'))
  }

  allow(...ends: readonly End[]): void {
    for (const end of ends) this.#allowed.add(end)
  }

  /** To the command alone, or to all that it has started, as a terminal or a cluster does. */
  signal(name: NodeJS.Signals, whom: 'alone' | 'all'): void {
    signal(whom === 'all' ? -this.pid : this.pid, name)
  }

  /** The other side of its terminal is closed. */
  hangUp(): void {
    this.allow('gone', 130)
    signal(this.#terminal!, 'SIGKILL')
  }

  #isThere(): boolean {
    return processesIn(this.#folder).some(({ pid }) => pid === this.pid)
  }
}

export const storeOf = ({ folder }: Project): string => join(folder, '.espalier')
