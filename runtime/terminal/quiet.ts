/** Prints only warnings and failures as they occur, and the results at the end in the form that `show` chooses. */

import { problemLines } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import type { Renderer } from '../views/skin.ts'

type Done = Extract<RunEvent, { event: 'done' }>

export interface QuietOptions {
  /** Prints a problem. */
  readonly complain: (lines: readonly string[]) => void
  readonly show: (done: Done) => void
}

export function quietRenderer({ complain, show }: QuietOptions): Renderer {
  return {
    onEvent(event) {
      if (event.event === 'warning') complain(problemLines(event.problem))
      else if (event.event === 'stage-failed')
        complain(problemLines({ ...event.problem, title: `${event.path} failed. ${event.problem.title}` }))
      else if (event.event === 'done') {
        if (event.interrupted) complain(['Interrupted. The same command continues where it stopped.'])
        show(event)
      }
    },
    note: () => {},
    prompt: () => {},
    close: () => {},
  }
}
