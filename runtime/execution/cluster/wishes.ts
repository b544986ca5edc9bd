/** A run's offers and withdrawals of jobs, sent to the database in order. */
import { Gathered } from '../../store/gathered.ts'
import type { JobOffer, Jobs } from '../../store/shared-work.ts'

interface Wish {
  readonly key: string
  /** Undefined: no longer wanted. */
  readonly job: JobOffer | undefined
}

export class Wishes {
  readonly #jobs: Jobs
  readonly #wanter: string
  readonly #told: Gathered<Wish, undefined>

  constructor(jobs: Jobs, wanter: string) {
    this.#jobs = jobs
    this.#wanter = wanter
    this.#told = new Gathered((wishes) => this.#tell(wishes))
  }

  offer(job: JobOffer): Promise<undefined> {
    return this.#told.do({ key: job.key, job })
  }

  drop(key: string): Promise<undefined> {
    return this.#told.do({ key, job: undefined })
  }

  /** Resolves when all of them are in the database or have failed. */
  known(): Promise<void> {
    return this.#told.idle()
  }

  /** Only the last one of each key is sent. */
  async #tell(wishes: readonly Wish[]): Promise<readonly undefined[]> {
    const last = new Map(wishes.map((wish) => [wish.key, wish]))
    const offers = [...last.values()].flatMap(({ job }) => job ?? [])
    const drops = [...last.values()].flatMap(({ key, job }) => (job === undefined ? [key] : []))
    await Promise.all([
      drops.length === 0 ? undefined : this.#jobs.drop(this.#wanter, drops),
      offers.length === 0 ? undefined : this.#jobs.offer(this.#wanter, offers),
    ])
    return wishes.map(() => undefined)
  }
}
