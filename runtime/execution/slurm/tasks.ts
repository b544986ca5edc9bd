/**
 * The folder of files through which the coordinator and jobs on nodes communicate:
 *
 *     jobs/USER/tasks/KEY/owner.json          which task of the stage counts, and whose it is
 *     jobs/USER/tasks/KEY/TASK/task.json      what is to be done
 *     jobs/USER/tasks/KEY/TASK/place.json     in which array it was submitted
 *     jobs/USER/tasks/KEY/TASK/stop           asks for a checkpoint and the end
 *     jobs/USER/tasks/KEY/TASK/run-N/         what its N-th start on a node says: status.json, points-M.json, ended.json
 *     jobs/USER/arrays/NAME/                  script and logs of an array of jobs
 *     jobs/USER/code/DIGEST/                  the user's files, as they were planned
 *
 * A task is one submission; Slurm may start it several times, and only the last start counts. A stage that is submitted again is another task.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { jobsFolder } from '../../store/location.ts'
import { Ended, Owner, PlaceMessage, Points, read, Status, Task, write } from './messages.ts'
import { slurmFailures } from './problems.ts'

/** Of the one user whose jobs they are: nobody else may write there. */
export const userFolder = (home: string): string => join(jobsFolder(home), String(userInfo().uid))

/** @param user as `userFolder` gives it */
export const arrayFolder = (user: string, name: string): string => join(user, 'arrays', name)

export const runFolder = (restarts: number | string): string => `run-${restarts}`

export const stageFolder = (home: string, key: string): string => join(userFolder(home), 'tasks', key)

/** Where a task is in Slurm's queue. */
export interface Place {
  /** The array's, which tells it there even when its number was never learned. */
  readonly name: string
  readonly index: number
  /** Its number, as `scancel` takes it. */
  readonly job?: string | undefined
}

/** What is left of coordinators that never came back, in milliseconds: no job waits and runs for so long. */
const oldest = 30 * 24 * 3_600_000

export async function sweep(home: string): Promise<void> {
  for (const part of ['tasks', 'arrays', 'code']) {
    const folder = join(userFolder(home), part)
    for (const name of await readdir(folder).catch(() => [])) {
      const info = await lstat(join(folder, name)).catch(() => undefined)
      if (info !== undefined && Date.now() - info.mtimeMs > oldest)
        await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
    }
  }
}

/** Of a stage, by the files of its folder. */
export class TaskFiles {
  readonly id: string
  readonly stage: string
  readonly folder: string

  constructor(stage: string, id: string) {
    this.stage = stage
    this.id = id
    this.folder = join(stage, id)
  }

  writeTask(task: Omit<Task, 'format' | 'task'>): Promise<void> {
    return write(join(this.folder, 'task.json'), this.folder, Task, { task: this.id, ...task })
  }

  async task(): Promise<Task | undefined> {
    return read(join(this.folder, 'task.json'), Task)
  }

  /** From now on this task counts, and whatever another one of the stage says does not. */
  claim(coordinator: string): Promise<void> {
    return write(join(this.stage, 'owner.json'), this.stage, Owner, { task: this.id, coordinator })
  }

  /** @param coordinator whether it is also its own */
  async counts(coordinator?: string): Promise<boolean> {
    const owner = await ownerOf(this.stage)
    return owner?.task === this.id && (coordinator === undefined || owner.coordinator === coordinator)
  }

  /** Before it is submitted. */
  writePlace({ name, index }: Place): Promise<void> {
    return write(join(this.folder, 'place.json'), this.folder, PlaceMessage, { task: this.id, name, index })
  }

  place(): Promise<Place | undefined> {
    return read(join(this.folder, 'place.json'), PlaceMessage)
  }

  /** What the script and its worker have printed. */
  logFile({ name, index }: Place): string {
    return join(arrayFolder(dirname(dirname(dirname(this.stage))), name), `${index}.log`)
  }

  async askToStop(): Promise<void> {
    await write(join(this.folder, 'stop'), this.folder, Owner, { task: this.id, coordinator: '' })
  }

  async isAskedToStop(): Promise<boolean> {
    return (await readdir(this.folder)).includes('stop')
  }

  /** The last start; undefined before the first. */
  async lastRun(): Promise<number | undefined> {
    const names = await readdir(this.folder).catch(() => [])
    const runs = names.flatMap((name) => /^run-(\d{1,6})$/.exec(name)?.[1] ?? [])
    return runs.length === 0 ? undefined : Math.max(...runs.map(Number))
  }

  run(restarts: number): RunFiles {
    return new RunFiles(this.id, join(this.folder, runFolder(restarts)))
  }

  /** Removes everything of the stage; what a job of it still writes is ignored. */
  async removeStage(): Promise<void> {
    await rm(this.stage, { recursive: true, force: true }).catch(() => {})
  }
}

/** What one start says. */
export class RunFiles {
  readonly #task: string
  readonly folder: string

  constructor(task: string, folder: string) {
    this.#task = task
    this.folder = folder
  }

  async status(): Promise<Status | undefined> {
    return this.#read('status.json', Status)
  }

  async ended(): Promise<Ended | undefined> {
    return this.#read('ended.json', Ended)
  }

  async points(number: number): Promise<(typeof Points.Type)['metrics'] | undefined> {
    return (await this.#read(`points-${number}.json`, Points))?.metrics
  }

  writeStatus(status: Omit<Status, 'format' | 'task'>): Promise<void> {
    return write(join(this.folder, 'status.json'), this.folder, Status, { task: this.#task, ...status })
  }

  writePoints(number: number, metrics: (typeof Points.Type)['metrics']): Promise<void> {
    return write(join(this.folder, `points-${number}.json`), this.folder, Points, { task: this.#task, metrics })
  }

  writeEnded(end: Ended['end']): Promise<void> {
    return write(join(this.folder, 'ended.json'), this.folder, Ended, { task: this.#task, end })
  }

  /** @throws StageFailure for what is no message, or one of another task */
  async #read<T extends { readonly task: string }, E>(name: string, form: Parameters<typeof read<T, E>>[1]): Promise<T | undefined> {
    const file = join(this.folder, name)
    const message = await read(file, form)
    if (message !== undefined && message.task !== this.#task) throw slurmFailures.notAMessage(file, `it is of the task ${message.task}`)
    return message
  }
}

export const ownerOf = (stage: string): Promise<typeof Owner.Type | undefined> => read(join(stage, 'owner.json'), Owner)
