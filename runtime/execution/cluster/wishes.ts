/** What a run wants of the workers, told to the database in the order in which it comes to want it. */
import { Gathered } from '../../store/gathered.ts'
import type { JobOffer, Jobs } from '../../store/shared-work.ts'

interface Wish {
  readonly key: string
  /** Undefined: it is wanted no more. */
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

  /** Until the database knows all of it, or has refused to. */
  known(): Promise<void> {
    return this.#told.idle()
  }

  /** Of each key the last wish counts. */
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
