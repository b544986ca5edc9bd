/** One line per event, for logs and pipes; progress of a stage at most every ten seconds. */

import { placeIn } from '../format/code-frame.ts'
import type { Output } from '../format/output.ts'
import { computing, duration, measures, outcome } from '../format/words.ts'
import type { RunEvent } from '../run-event.ts'
import { RunStory } from '../views/run-end.ts'
import type { Renderer } from '../views/skin.ts'
import { runEndLines } from './run-end-view.ts'

const everyMs = 10_000

export function plainRenderer(output: Pick<Output, 'print' | 'columns'>): Renderer {
  /** Time of the last line about each stage, in milliseconds. */
  const shown = new Map<string, number>()
  const story = new RunStory()
  const line = (...parts: readonly string[]) => output.print([parts.filter((part) => part !== '').join('  ')])
  return {
    onEvent(event: RunEvent) {
      story.note(event)
      switch (event.event) {
        case 'start':
          return line(`${event.file}: ${event.stages} stages, ${computing(event)}`)
        case 'hit':
          return line('hit   ', event.path)
        case 'stage-start':
          shown.set(event.path, Date.now())
          if (event.by !== undefined) return line('follow', event.path, `computed by ${event.by}`)
          return line(
            event.resumedAt === undefined ? 'start ' : 'resume',
            event.path,
            event.resumedAt === undefined ? '' : `at step ${event.resumedAt}/${event.steps}`,
          )
        case 'progress': {
          if (Date.now() - (shown.get(event.path) ?? 0) < everyMs) return
          shown.set(event.path, Date.now())
          return line('      ', event.path, `epoch ${event.epoch}/${event.epochs}`, measures(event))
        }
        case 'stage-done':
          return line('done  ', event.path, outcome(event.metrics), duration(event.seconds))
        case 'retry':
          return line('retry ', event.path, `attempt ${event.attempt} failed: ${event.problem.title}`, placeIn(event.problem) ?? '')
        case 'stage-failed':
          return line('failed', event.path, event.problem.title, placeIn(event.problem) ?? '')
        case 'stage-skipped':
          return line('skip  ', event.path, `because ${event.because}`)
        case 'stage-stopped':
          return line('stop  ', event.path, `at step ${event.step}/${event.steps}`)
        case 'warning':
          return line('warning', event.problem.title, event.problem.hint, placeIn(event.problem) ?? '')
        case 'done':
          output.print(runEndLines(story.end(event), output))
      }
    },
    note: (lines) => output.print(lines),
    prompt: () => {},
    close: () => {},
  }
}
