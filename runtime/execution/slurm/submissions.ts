/** Submits tasks to Slurm: those with equal options as one job array, in one call of sbatch. */
import { randomUUID } from 'node:crypto'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import { canonical } from '../../../dsl/check/canonical.ts'
import { makeFolder } from '../../shared-folder.ts'
import { writeDurably } from '../../store/durable-file.ts'
import type { StoreFiles } from '../../store/store.ts'
import { SlurmError, submit } from './commands.ts'
import { scriptFor } from './script.ts'
import { arrayFolder, type Place, type TaskFiles, userFolder } from './tasks.ts'

interface Waiting {
  readonly files: TaskFiles
  readonly options: readonly string[]
  readonly settle: (exit: Exit.Exit<Place, SlurmError>) => void
  withdrawn: boolean
}

/** Prefix of the names of all arrays, by which the queue is filtered. */
export const namePrefix = 'espalier-'
/** Slurm's default limit is about a thousand. */
const largestArray = 500
/** Milliseconds for which tasks are gathered into one array. */
const gatherFor = 200

export class Submissions {
  readonly #places: StoreFiles['places']
  readonly #patience: number
  readonly #waiting: Waiting[] = []
  readonly #folders: string[] = []

  /** @param patience seconds before a temporarily rejected submission is repeated */
  constructor(places: StoreFiles['places'], patience: number) {
    this.#places = places
    this.#patience = patience
  }

  /** Fails when Slurm rejects the task for good. Interruption before submission withdraws it. */
  add(files: TaskFiles, options: readonly string[]): Effect.Effect<Place, SlurmError> {
    return Effect.callback<Place, SlurmError>((resume) => {
      const waiting: Waiting = { files, options, settle: resume, withdrawn: false }
      this.#waiting.push(waiting)
      return Effect.sync(() => {
        waiting.withdrawn = true
      })
    })
  }

  /** Removes scripts and logs of all submissions: once none of them runs any more. */
  async close(): Promise<void> {
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true }).catch(() => {})
  }

  /** Submits tasks as they come, until interrupted. */
  work(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        yield* Effect.sleep(gatherFor)
        const groups = Map.groupBy(
          this.#waiting.splice(0).filter(({ withdrawn }) => !withdrawn),
          ({ options }) => canonical(options),
        )
        let refused = false
        for (const group of groups.values())
          for (let at = 0; at < group.length; at += largestArray)
            refused = (yield* Effect.promise(() => this.#submit(group.slice(at, at + largestArray)))) || refused
        if (refused) yield* Effect.sleep(this.#patience * 1000)
      }
    })
  }

  /** @returns whether Slurm rejected it only temporarily */
  async #submit(group: readonly Waiting[]): Promise<boolean> {
    const name = `${namePrefix}${randomUUID()}`
    const folder = arrayFolder(userFolder(this.#places.home), name)
    const script = join(folder, 'script.sh')
    this.#folders.push(folder)
    const [{ options }] = group as [Waiting]
    try {
      makeFolder(folder)
      const tasks = group.map(({ files }) => files)
      await writeDurably(script, Buffer.from(scriptFor({ places: this.#places, tasks })), folder)
      await chmod(script, 0o700)
      for (const [index, { files }] of group.entries()) await files.writePlace({ name, index })
      const array = [`--array=0-${group.length - 1}`, `--job-name=${name}`, `--output=${join(folder, '%a.log')}`, '--open-mode=append']
      const number = await submit(script, [...array, '--requeue', '--export=ALL', '--nodes=1', '--ntasks=1', ...options])
      for (const [index, { settle }] of group.entries()) settle(Exit.succeed({ name, index, job: `${number}_${index}` }))
      return false
    } catch (cause) {
      const error = cause instanceof SlurmError ? cause : new SlurmError('sbatch', String(cause))
      if (error.passing) this.#waiting.unshift(...group)
      else for (const { settle } of group) settle(Exit.fail(error))
      return error.passing
    }
  }
}
