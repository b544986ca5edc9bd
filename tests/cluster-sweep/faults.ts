/** What can happen to workers, runs, the database and the place of objects. Each says whether there was something to disturb. */
import { setTimeout as sleep } from 'node:timers/promises'
import { signal } from '../crash-sweep/processes.ts'
import type { Running } from '../end-to-end/command.ts'
import { noNetworks } from './network.ts'
import { lease, type Trial, type Worker } from './trial.ts'
import type { Disturbed } from './way.ts'

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
  (mode: Disturbed, forAMinute = false): Fault =>
  async ({ s3Ways, minute }, { seconds }) => {
    for (const way of s3Ways) way.mode = mode
    await sleep(forAMinute ? minute : 500 + seconds * 1000)
    for (const way of s3Ways) way.mode = 'open'
    return true
  }

export const faults = {
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
  // Its processes live, and what they compute goes on; nothing that they send is answered.
  'part a worker from the network': async ({ workers }) => {
    const parted = workers.find(({ network, children }) => network !== undefined && children.length > 0)
    if (parted === undefined) return false
    parted.network!.cut()
    await sleep(lease * 1000)
    parted.network!.repair()
    return parted.running.child.exitCode === null
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
  'objects are gone for a minute': objectsAre('gone', true),
} as const satisfies { readonly [name: string]: Fault }
export type FaultName = keyof typeof faults
/** Those that can disturb something here. */
export const faultNames = (Object.keys(faults) as FaultName[]).filter(
  (name) => name !== 'part a worker from the network' || noNetworks === undefined,
)
