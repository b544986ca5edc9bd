/** What a job on a node tells while it computes: signs of life, and with them what the stage has told since the last one. */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { standardError } from '../../format/output.ts'
import type { JobEvent } from '../executor.ts'
import type { Points, Status } from './messages.ts'
import type { RunFiles } from './tasks.ts'

export class Teller {
  readonly #run: RunFiles
  readonly #every: number
  #beat = 0
  #started: Status['started'] = null
  #progress: Status['progress'] = null
  readonly #points: (typeof Points.Type)['metrics']['points'][number][] = []
  #files = 0
  #writing = Promise.resolve()

  constructor(run: RunFiles, everySeconds: number) {
    this.#run = run
    this.#every = everySeconds * 1000
  }

  hear(event: JobEvent): void {
    if (event.type === 'started') this.#started = event
    else if (event.type === 'progress') this.#progress = event
    else if (event.type === 'metrics') this.#points.push(...event.points)
  }

  /** Returns when what it tells does not count any more. @param counts asked before each sign of life */
  async beat(counts: () => Promise<boolean>): Promise<undefined> {
    for (;;) {
      try {
        if (!(await counts())) return undefined
        await this.flush()
      } catch (cause) {
        // A shared folder that is away for a moment: what is not written now is written later.
        standardError.print([String(cause)])
      }
      // Where it begins is known soon.
      await sleep(this.#started === null && this.#beat < 10 ? Math.min(this.#every, 500) : this.#every)
    }
  }

  /** One after the other. @throws StoreProblem */
  flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const points = [...this.#points]
    if (points.length > 0) {
      await this.#run.writePoints(this.#files, { type: 'metrics', points })
      this.#files++
      this.#points.splice(0, points.length)
    }
    const node = process.env.SLURMD_NODENAME ?? hostname()
    await this.#run.writeStatus({ beat: this.#beat++, node, started: this.#started, progress: this.#progress, points: this.#files })
  }
}
