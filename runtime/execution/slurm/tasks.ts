/**
 * The folder of files through which the coordinator and jobs on nodes communicate:
 *
 *     jobs/USER/tasks/KEY/owner.json          the stage's current task, and its coordinator
 *     jobs/USER/tasks/KEY/TASK/task.json      the job
 *     jobs/USER/tasks/KEY/TASK/place.json     the array in which it was submitted
 *     jobs/USER/tasks/KEY/TASK/stop           requests a checkpoint and the end
 *     jobs/USER/tasks/KEY/TASK/run-N/         messages after its N-th restart: status.json, points-M.json, ended.json
 *     jobs/USER/arrays/NAME/                  script and logs of an array of jobs
 *     jobs/USER/code/DIGEST/                  the user's files, as planned
 *
 * A task is one submission; Slurm may start it several times, and only the last start counts. Resubmitting a stage creates another task.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { jobsFolder } from '../../store/location.ts'
import { Ended, Owner, PlaceMessage, Points, read, Status, Task, write } from './messages.ts'
import { slurmFailures } from './problems.ts'

/** Belongs to the user whose jobs they are; nobody else may write there. */
export const userFolder = (home: string): string => join(jobsFolder(home), String(userInfo().uid))

/** @param user folder from `userFolder` */
export const arrayFolder = (user: string, name: string): string => join(user, 'arrays', name)

export const runFolder = (restarts: number | string): string => `run-${restarts}`

export const stageFolder = (home: string, key: string): string => join(userFolder(home), 'tasks', key)

/** Position of a task in Slurm's queue. */
export interface Place {
  /** Name of the array, which identifies it even if its job id was never received. */
  readonly name: string
  readonly index: number
  /** Job id, as `scancel` takes it. */
  readonly job?: string | undefined
}

/** Age in milliseconds after which files of dead coordinators are removed: no job waits and runs for so long. */
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

/** The files of one task. */
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

  /** Makes this the stage's current task: messages of any other are ignored from now on. */
  claim(coordinator: string): Promise<void> {
    return write(join(this.stage, 'owner.json'), this.stage, Owner, { task: this.id, coordinator })
  }

  /** Whether it is the current task. @param coordinator if given, it must also own the task */
  async counts(coordinator?: string): Promise<boolean> {
    const owner = await ownerOf(this.stage)
    return owner?.task === this.id && (coordinator === undefined || owner.coordinator === coordinator)
  }

  /** To be written before submission. */
  writePlace({ name, index }: Place): Promise<void> {
    return write(join(this.folder, 'place.json'), this.folder, PlaceMessage, { task: this.id, name, index })
  }

  place(): Promise<Place | undefined> {
    return read(join(this.folder, 'place.json'), PlaceMessage)
  }

  /** Output of the script and its worker. */
  logFile({ name, index }: Place): string {
    return join(arrayFolder(dirname(dirname(dirname(this.stage))), name), `${index}.log`)
  }

  async askToStop(): Promise<void> {
    await write(join(this.folder, 'stop'), this.folder, Owner, { task: this.id, coordinator: '' })
  }

  async isAskedToStop(): Promise<boolean> {
    return (await readdir(this.folder)).includes('stop')
  }

  /** Number of the last start; undefined before the first. */
  async lastRun(): Promise<number | undefined> {
    const names = await readdir(this.folder).catch(() => [])
    const runs = names.flatMap((name) => /^run-(\d{1,6})$/.exec(name)?.[1] ?? [])
    return runs.length === 0 ? undefined : Math.max(...runs.map(Number))
  }

  run(restarts: number): RunFiles {
    return new RunFiles(this.id, join(this.folder, runFolder(restarts)))
  }

  /** Removes all files of the stage; what its jobs still write is ignored. */
  async removeStage(): Promise<void> {
    await rm(this.stage, { recursive: true, force: true }).catch(() => {})
  }
}

/** The messages of one start. */
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

  /** @throws StageFailure for an invalid message, or one of another task */
  async #read<T extends { readonly task: string }, E>(name: string, form: Parameters<typeof read<T, E>>[1]): Promise<T | undefined> {
    const file = join(this.folder, name)
    const message = await read(file, form)
    if (message !== undefined && message.task !== this.#task) throw slurmFailures.notAMessage(file, `it is of the task ${message.task}`)
    return message
  }
}

export const ownerOf = (stage: string): Promise<typeof Owner.Type | undefined> => read(join(stage, 'owner.json'), Owner)
