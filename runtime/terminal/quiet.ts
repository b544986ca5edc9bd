/** Says nothing while all is well: warnings and failures as they come, and the results at the end as `show` has them. */

import { printable } from '../format/words.ts'
import { renderProblem } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import type { Renderer } from '../views/skin.ts'

type Done = Extract<RunEvent, { event: 'done' }>

export interface QuietOptions {
  /** Where problems go. */
  readonly complain: (text: string) => void
  readonly show: (done: Done) => void
}

export function quietRenderer({ complain, show }: QuietOptions): Renderer {
  return {
    onEvent(event) {
      if (event.event === 'warning') complain(`${renderProblem(event.problem)}\n`)
      else if (event.event === 'stage-failed') complain(`${printable(event.path)} failed. ${renderProblem(event.problem)}\n`)
      else if (event.event === 'done') {
        if (event.interrupted) complain('Interrupted. The same command continues where it stopped.\n')
        show(event)
      }
    },
    note: () => {},
    prompt: () => {},
    close: () => {},
  }
}
