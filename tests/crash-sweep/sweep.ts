/**
 * The promise that nothing is lost and nothing done twice, by force: the real command is killed at random moments, alone, with all its
 * processes, or only its worker, and started again, until it has been killed often enough and the plan is done. Then everything must be as if nothing had been.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { artifactsOf, eventsNamed, Project, type Running } from '../end-to-end/command.ts'

export interface SweepOptions {
  readonly kills: number
  /** The pipeline. */
  readonly study: string
  /** Seconds from a start, or the last kill, to the next kill: at least, and at most. */
  readonly between: readonly [number, number]
  readonly onKill?: (kill: Kill) => void
}

interface Kill {
  readonly what: 'tree' | 'worker'
  readonly afterSeconds: number
}

export interface Report {
  readonly kills: { readonly tree: number; readonly worker: number }
  /** How often the plan was brought to its end. */
  readonly plans: number
  /** Stages of the plan. */
  readonly stages: number
  readonly resumed: number
  /** What went wrong; empty when all is as it must be. */
  readonly faults: readonly string[]
}

const command = ['run', 'a.pipeline.ts', '--json', '--threads', '1', '--slots', '2', '--checkpoint-every', '0.2', '--retries', '1000']

export async function sweep(options: SweepOptions): Promise<Report> {
  const files = { 'a.pipeline.ts': options.study }
  const undisturbed = new Project(files)
  const faults: string[] = []
  const kills: Kill[] = []
  let [plans, resumed] = [0, 0]
  try {
    const { code, stdout, stderr } = await undisturbed.espalier(...command)
    if (code !== 0) throw new Error(`the undisturbed run failed:\n${stdout}\n${stderr}`)
    const expected = await artifactsOf(undisturbed, 'a.pipeline.ts')
    while (kills.length < options.kills) {
      const project = new Project(files)
      try {
        const history = await disturbed(project, options, kills)
        plans++
        resumed += history.resumed
        faults.push(...history.faults, ...(await differences(project, expected)), ...damages(project), ...(await verified(project)))
      } finally {
        project.remove()
      }
    }
    const count = (what: Kill['what']) => kills.filter((kill) => kill.what === what).length
    return { kills: { tree: count('tree'), worker: count('worker') }, plans, stages: Object.keys(expected).length, resumed, faults }
  } finally {
    undisturbed.remove()
  }
}

/** Runs the plan to its end, through as many kills as are left or as fit. */
async function disturbed(project: Project, { kills: most, between: [least, longest], onKill }: SweepOptions, kills: Kill[]) {
  const finished = new Set<string>()
  const faults: string[] = []
  let resumed = 0
  for (;;) {
    const running = project.start(command)
    let over = false
    const ended = running.ended.then((end) => {
      over = true
      return end
    })
    while (!over && kills.length < most) {
      const afterSeconds = least + Math.random() * (longest - least)
      await Promise.race([ended, sleep(afterSeconds * 1000)])
      if (over) break
      const what = Math.random() < 0.5 ? 'tree' : 'worker'
      if (what === 'worker' && !killWorker(running)) continue
      if (what === 'tree') running.killAll('SIGKILL')
      const kill = { what, afterSeconds } as const
      kills.push(kill)
      onKill?.(kill)
      if (what === 'tree') break
    }
    const { code, stdout, stderr } = await ended
    for (const { path } of eventsNamed(stdout, 'stage-start')) if (finished.has(path)) faults.push(`${path} was finished, and begun again`)
    for (const { path } of eventsNamed(stdout, 'stage-done')) finished.add(path)
    resumed += eventsNamed(stdout, 'stage-start').filter(({ resumedAt }) => resumedAt !== undefined).length
    if (code === 0) return { faults, resumed }
    if (code !== null) return { faults: [...faults, `ended with ${code}: ${stderr}\n${stdout.slice(-2000)}`], resumed }
  }
}

/** One of the command's workers; false when there is none. */
function killWorker({ child }: Running): boolean {
  try {
    const workers = execFileSync('pgrep', ['-P', String(child.pid), '-f', 'worker.js'], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
    process.kill(workers[Math.floor(Math.random() * workers.length)]!, 'SIGKILL')
    return true
  } catch {
    return false // none is there, or it went by itself
  }
}

async function differences(project: Project, expected: Awaited<ReturnType<typeof artifactsOf>>): Promise<string[]> {
  try {
    const found = await artifactsOf(project, 'a.pipeline.ts')
    return Object.keys(expected).flatMap((path) => (found[path] === expected[path] ? [] : [`${path} came to ${found[path]}`]))
  } catch (cause) {
    return [String(cause)]
  }
}

/** Objects whose content is not what their name says, and what is left of stages that are done. */
function damages(project: Project): string[] {
  const store = join(project.folder, '.espalier')
  const objects = readdirSync(join(store, 'objects')).flatMap((folder) =>
    readdirSync(join(store, 'objects', folder)).map((name) => ({ file: join(store, 'objects', folder, name), hex: folder + name })),
  )
  const half = objects.filter(({ file, hex }) => createHash('sha256').update(readFileSync(file)).digest('hex') !== hex)
  const checkpoints = readdirSync(join(store, 'checkpoints'))
  return [...half.map(({ file }) => `${file} is not what its name says`), ...checkpoints.map((key) => `a checkpoint of ${key} is left`)]
}

async function verified(project: Project): Promise<string[]> {
  const { code, stdout, stderr } = await project.espalier('store', 'verify')
  return code === 0 ? [] : [`store verify: ${stdout}${stderr}`]
}
