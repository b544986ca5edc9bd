/** Writes a job's heartbeats on a node, each with the stage's reports since the last one. */
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

  /** Returns when its task is superseded. @param counts called before each heartbeat */
  async beat(counts: () => Promise<boolean>): Promise<undefined> {
    for (;;) {
      try {
        if (!(await counts())) return undefined
        await this.flush()
      } catch (cause) {
        // The shared folder may be unavailable for a moment; the next heartbeat includes what is not written now.
        standardError.print([String(cause)])
      }
      // More often at first, so that the start is reported soon.
      await sleep(this.#started === null && this.#beat < 10 ? Math.min(this.#every, 500) : this.#every)
    }
  }

  /** Writes are sequential. @throws StoreProblem */
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
