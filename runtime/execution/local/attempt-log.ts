/** Writes one attempt to the stage's log: time and process, first step, a line per epoch, the worker's output, and the outcome. */

import * as Cause from 'effect/Cause'
import * as Exit from 'effect/Exit'
import { measures } from '../../format/words.ts'
import { renderProblem, StageFailure } from '../../problem.ts'
import type { StageLog, StageLogs } from '../../store/stage-logs.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { JobEvent } from '../executor.ts'
import type { Job } from '../protocol.ts'

export class AttemptLog {
  readonly #log: StageLog
  #epoch = 0

  constructor(logs: StageLogs, { key, path }: Job, pid: number | undefined) {
    this.#log = logs.open(key)
    this.#log.note(`${path} in process ${pid ?? '?'}`)
  }

  output(text: string): void {
    this.#log.write(text)
  }

  event(event: JobEvent): void {
    if (event.type === 'started' && event.steps > 0)
      this.#log.note(event.resumedAt === null ? `begins, ${event.steps} steps` : `continues at step ${event.resumedAt}/${event.steps}`)
    if (event.type !== 'progress' || event.epoch === this.#epoch) return
    this.#epoch = event.epoch
    const { step, steps, epoch, epochs, loss, accuracy } = event
    const known = measures({ ...(loss === null ? {} : { loss }), ...(accuracy === null ? {} : { accuracy }) })
    this.#log.note([`epoch ${epoch}/${epochs}`, `step ${step}/${steps}`, ...(known === '' ? [] : [known])].join(' · '))
  }

  end(exit: Exit.Exit<Outcome | Stopped, StageFailure>): void {
    if (Exit.isSuccess(exit)) {
      this.#log.note('stoppedAt' in exit.value ? `stopped at step ${exit.value.stoppedAt}/${exit.value.steps}` : 'done')
      return
    }
    const failure = Cause.squash(exit.cause)
    this.#log.note(failure instanceof StageFailure ? `failed: ${renderProblem(failure)}` : 'ended from outside')
  }

  close(): void {
    this.#log.close()
  }
}
