/** The real command in a project of its own, as a user has it: built, installed, started as a process, read through its output. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { RunEvent } from '../../runtime/run-event.ts'

const root = join(import.meta.dirname, '../..')
if (!existsSync(join(root, 'dist/cli.js'))) throw new Error('dist/cli.js is not built: npm run build')

/** Commands that check the types of their file. */
const checking = new Set(['run', 'plan', 'why', 'pick', 'plot', 'report'])

export interface User {
  readonly uid?: number
  readonly gid?: number
}

/** Program and arguments that a command is run by, in place of itself. */
type By = readonly string[]

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** What it has written to stdout so far. */
  written(): string
  /** Resolves when `text` stands in stdout. Rejects when the command ends without it. */
  says(text: string): Promise<void>
  /** The same, for so many times. */
  saysTimes(text: string, times: number): Promise<void>
  /** To the command and everything it started, as a terminal or a cluster does. */
  killAll(signal: NodeJS.Signals): void
}

export class Project {
  readonly folder: string
  readonly #installed: string

  constructor(files: { readonly [name: string]: string } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
    this.#installed = join(this.folder, 'node_modules/espalier')
    // What `npm install` would put there.
    copyOf(join(root, 'dist'), join(this.#installed, 'dist'))
    copyFileSync(join(root, 'package.json'), join(this.#installed, 'package.json'))
    symlinkSync(join(root, 'node_modules'), join(this.#installed, 'node_modules'))
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }')
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  remove(): void {
    // Processes that were just killed may still be writing.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  write(name: string, text: string | Uint8Array): void {
    const file = join(this.folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  /** From now on there is no worker that could be started. */
  withoutWorker(): this {
    rmSync(join(this.#installed, 'dist/worker.js'))
    return this
  }

  /** Program and arguments of the command as it is installed here. */
  commandLine(args: readonly string[]): string[] {
    return [process.execPath, join(this.#installed, 'dist/cli.js'), ...args]
  }

  /** Types are not checked: that has tests of its own, and each new folder would pay for it. */
  /** @param as another user than this one, which takes root */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, as: User = {}, by: By = []): Running {
    return this.#start(checking.has(args[0] ?? '') ? [...args, '--no-check'] : args, env, as, by)
  }

  #start(args: readonly string[], env: NodeJS.ProcessEnv, as: User = {}, by: By = []): Running {
    const started = performance.now()
    const { CI: _, ...inherited } = process.env
    const [program, ...words] = [...by, ...this.commandLine(args)]
    const child = spawn(program!, words, {
      cwd: this.folder,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...as,
      // A group of its own, so that all of it can be killed at once.
      detached: true,
    })
    let [stdout, stderr] = ['', '']
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const ended = new Promise<Ended>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, seconds: (performance.now() - started) / 1000 })),
    )
    const saysTimes = (text: string, times: number) =>
      new Promise<void>((resolve, reject) => {
        const look = () => stdout.split(text).length > times && resolve()
        child.stdout!.on('data', look)
        child.on('close', () => reject(new Error(`ended without saying ${text}:\n${stdout}\n${stderr}`)))
        look()
      })
    return {
      child,
      ended,
      written: () => stdout,
      says: (text) => saysTimes(text, 1),
      saysTimes,
      killAll: (signal) => {
        try {
          process.kill(-child.pid!, signal)
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause // it has ended already
        }
      },
    }
  }

  espalier(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended
  }

  /** As a user calls it: types are checked first. */
  espalierWithTypes(...args: readonly string[]): Promise<Ended> {
    return this.#start(args, {}).ended
  }
}

/** The build as it is published. Declarations, most of its files and never written to, are links where the disk can. */
function copyOf(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyOf(source, target)
    else if (entry.name.endsWith('.d.ts')) linkOrCopy(source, target)
    else if (!entry.name.endsWith('.map')) copyFileSync(source, target, constants.COPYFILE_FICLONE)
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target)
  } catch {
    copyFileSync(source, target) // another disk
  }
}

/** A project that is gone when the test is done. */
export function temporaryProject(files: { readonly [name: string]: string } = {}): Project {
  const project = new Project(files)
  onTestFinished(() => project.remove())
  return project
}

/** Until a stage has written a checkpoint that was not there before. */
export async function newCheckpoint({ folder }: Pick<Project, 'folder'>, store = '.espalier'): Promise<void> {
  const there = () => {
    const checkpoints = join(folder, store, 'checkpoints')
    return existsSync(checkpoints)
      ? readdirSync(checkpoints, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ckpt'))
      : []
  }
  const before = new Set(there())
  while (there().every((name) => before.has(name))) await sleep(20)
}

/** Lines of `run --json`; a line cut off by a kill is left out. */
export const eventsOf = (stdout: string): RunEvent[] =>
  stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent)

export function eventsNamed<Name extends RunEvent['event']>(stdout: string, name: Name): Extract<RunEvent, { event: Name }>[] {
  return eventsOf(stdout).filter((event): event is Extract<RunEvent, { event: Name }> => event.event === name)
}

export interface PlanDocument {
  readonly file: string
  readonly targets: readonly string[]
  readonly trainingSteps: { readonly shared: number; readonly separate: number }
  readonly stages: readonly {
    readonly path: string
    readonly kind: string
    readonly status: 'hit' | 'resume' | 'run' | 'unknown'
    readonly key: string | null
    readonly artifact: string | null
    readonly reasons: readonly string[]
  }[]
}

/** What every stage of a finished run came to, by its path. */
export async function artifactsOf(project: Project, ...args: readonly string[]): Promise<{ readonly [path: string]: string | null }> {
  const { stdout } = await project.espalier('plan', ...args, '--json')
  const { stages } = JSON.parse(stdout) as PlanDocument
  for (const { path, status } of stages) if (status !== 'hit') throw new Error(`${path} is not finished: ${status}`)
  return Object.fromEntries(stages.map(({ path, artifact }) => [path, artifact]))
}

/** What `plan` says of a stage: its status, then why. @param target `a.pipeline.ts#loaded` */
export async function standingOf(project: Project, target: string, path: string): Promise<readonly unknown[]> {
  const { stdout } = await project.espalier('plan', target, '--json')
  const stage = (JSON.parse(stdout) as PlanDocument).stages.find((one) => one.path === path)
  return [stage?.status, ...(stage?.reasons ?? [])]
}

/** A small hybrid study on real digits: a few seconds of work in 12 stages a seed. */
export const study = ({ sparsity = 0.9, epochs = 4, seeds = 1, lr = 1.2e-3 } = {}): string => `
import { adam, compare, digits, lenet300, seeds, task } from 'espalier'

const data = digits()
export default seeds(${seeds}, (seed) => {
  const { train } = task({ model: lenet300(), data, optimizer: adam({ lr: 1.2e-3 }), epochs: ${epochs}, seed })
  const teacher = task({ model: lenet300(), data, optimizer: adam({ lr: ${lr} }), epochs: 2, seed: seed + 100 }).train()
  return compare({
    dense: train(),
    teacher,
    pruned: train().prune(${sparsity}).finetune(),
    hybrid: train().prune(0.9).rewind().distill(teacher),
  })
})
`
