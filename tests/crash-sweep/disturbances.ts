/** What can happen to a run: each way of disturbing it, which it must survive without a trace. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Project } from '../end-to-end/command.ts'
import type { Done } from './aftermath.ts'
import { type DisturbedRun, storeOf } from './disturbed-run.ts'
import { signal } from './processes.ts'

interface Scene {
  readonly project: Project
  /** One that runs. */
  readonly run: DisturbedRun
  readonly done: Done
  /** Starts the same command beside it. */
  start(): Promise<DisturbedRun>
  /** Of as many, drawn at random. */
  among(many: number): number
}

/** False when there was nothing to disturb. */
type Disturbance = (scene: Scene) => boolean | Promise<boolean>

const killed = ({ done, run }: Scene, by: NodeJS.Signals, whom: 'alone' | 'all'): true => {
  done.killed = true
  run.allow(by, 128 + { SIGKILL: 9, SIGSEGV: 11 }[by as string]!)
  run.signal(by, whom)
  return true
}

const workerEnded = ({ done, run, among }: Scene, by: NodeJS.Signals): boolean => {
  const { workers } = run
  if (workers.length === 0 || !signal(workers[among(workers.length)]!.pid, by)) return false
  done.workersEnded++
  done.killed = true
  return true
}

export const disturbances = {
  'kill all': (scene) => killed(scene, 'SIGKILL', 'all'),
  'kill the command': (scene) => killed(scene, 'SIGKILL', 'alone'),
  'kill a worker': (scene) => workerEnded(scene, 'SIGKILL'),
  'crash the command': (scene) => killed(scene, 'SIGSEGV', 'alone'),
  'crash a worker': (scene) => workerEnded(scene, 'SIGSEGV'),
  'hang up': ({ run, among }) => {
    run.allow(130, ...(run.hasBegun ? [] : (['SIGHUP'] as const)))
    run.signal('SIGHUP', among(2) === 0 ? 'alone' : 'all')
    return true
  },
  'close the terminal': ({ run }) => {
    if (run.inTerminal) run.hangUp()
    return run.inTerminal
  },
  pause: async ({ run, among }) => {
    const whom = (['alone', 'all', 'workers'] as const)[among(3)]!
    const suspended = whom === 'workers' ? run.workers.map(({ pid }) => pid) : [whom === 'all' ? -run.pid : run.pid]
    for (const pid of suspended) signal(pid, 'SIGSTOP')
    await sleep(500 + among(1500))
    for (const pid of suspended) signal(pid, 'SIGCONT')
    return true
  },
  'take over': async ({ project, run, done, start, among }) => {
    const whom = among(2) === 0 ? 'alone' : 'all'
    run.signal('SIGSTOP', whom)
    const second = await start()
    while (!second.isOver && leasesOf(project, run).length > 0) await sleep(50)
    await Promise.race([second.ended, sleep(among(3000))])
    done.woken.push(Date.now())
    run.signal('SIGCONT', whom)
    return true
  },
} as const satisfies Record<string, Disturbance>

export type DisturbanceName = keyof typeof disturbances

function leasesOf(project: Project, { pid }: DisturbedRun): unknown[] {
  const file = join(storeOf(project), 'index.sqlite')
  if (!existsSync(file)) return []
  const index = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  try {
    return index.prepare("SELECT key FROM leases JOIN holders ON holders.id = holder WHERE process LIKE '% ' || ? || ' %'").all(pid)
  } catch {
    return [] // it was suspended while it made the index
  } finally {
    index.close()
  }
}
