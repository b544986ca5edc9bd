/**
 * The live view on a terminal: finished stages scroll by above, running ones stay below, at most ten frames a second. `log-update` does not
 * fit: it cannot print lines above the live area in the same write that redraws it.
 */

import type { ProblemText } from '../../dsl/check/problem.ts'
import { placeIn } from '../format/code-frame.ts'
import type { Line, Output, Part } from '../format/output.ts'
import { fromTheEnd, rowsOf } from '../format/width.ts'
import { computing, duration, outcome } from '../format/words.ts'
import { type Expected, Progress } from '../views/progress.ts'
import { RunStory } from '../views/run-end.ts'
import type { Renderer } from '../views/skin.ts'
import { progressLines } from './progress-view.ts'
import { runEndLines } from './run-end-view.ts'

const frameMs = 100

/** @param stages of the run, if known */
export function liveRenderer(output: Output, stages: readonly Expected[] = []): Renderer {
  const progress = new Progress(stages)
  const story = new RunStory()
  /** The last frame drawn, and the visible lines above it. */
  let drawn: readonly string[] = []
  let [columns, rows] = [output.columns, output.rows]
  let tail: readonly Line[] = []
  /** Lines to print above the next frame. */
  let above: Line[] = []
  let typed: string | undefined
  let ended = false
  const paint = (colour: number, text: string): Part => ({ colour, text })
  /** A mark, a text, and a dimmed addition. */
  const say = (mark: Part, text: string, aside = '') => above.push([mark, ` ${text}`, paint(2, aside === '' ? '' : `  ${aside}`)])
  const placeOf = ({ problem }: { readonly problem: ProblemText }) => placeIn(problem)

  /** Redraws in a single write per frame, line by line, clearing the rest of each line. */
  const draw = () => {
    const resized = columns !== output.columns || rows !== output.rows
    ;[columns, rows] = [output.columns, output.rows]
    const run = ended ? [] : progressLines(progress.view(Date.now()), { columns, rows: rows - (typed === undefined ? 0 : 1) })
    const frame = typed === undefined ? run : [...run, fromTheEnd(typed, columns - 1)]
    if (!resized && above.length === 0 && frame.length === drawn.length && frame.every((line, i) => line === drawn[i])) return
    const heightOf = (lines: readonly Line[]) => lines.reduce((sum, line) => sum + rowsOf(textOf(line), columns), 0)
    // Resizing moves and rewraps the lines, so everything visible is drawn again.
    const up = heightOf(drawn) + (resized ? heightOf(tail) : 0)
    const room = rows - 1 - heightOf(above) - frame.length
    const again = resized ? tail.filter((_, i) => heightOf(tail.slice(i)) <= room) : []
    output.redraw(Math.min(up, rows - 1), [...again, ...above, ...frame], { afresh: resized })
    drawn = frame
    tail = [...tail, ...above].slice(-rows)
    above = []
  }
  const showCursor = () => output.showCursor(true)
  /** Ctrl-Z: hands the terminal to the shell. When the run continues, it draws below whatever is there. */
  const suspend = () => {
    showCursor()
    process.off('SIGTSTP', suspend)
    process.kill(process.pid, 'SIGTSTP') // stops here, except in an orphaned process group
    process.on('SIGTSTP', suspend)
    ;[drawn, tail] = [[], []]
    output.showCursor(false)
  }
  const timer = setInterval(draw, frameMs)
  process.once('exit', showCursor)
  process.on('SIGTSTP', suspend)
  output.showCursor(false)

  return {
    onEvent(event) {
      progress.note(event, Date.now())
      story.note(event)
      switch (event.event) {
        case 'start':
          above.push(`${event.file} · ${event.stages} stages · ${computing(event)}`)
          return
        case 'stage-start':
          if (event.by !== undefined) say(paint(36, '⇄'), `${event.path} is computed by ${event.by}`)
          if (event.resumedAt !== undefined) say(paint(36, '↻'), `${event.path} continues at step ${event.resumedAt}/${event.steps}`)
          return
        case 'stage-done':
          say(paint(32, '✓'), [event.path, outcome(event.metrics)].filter((part) => part !== '').join('  '), duration(event.seconds))
          return
        case 'retry':
          say(paint(33, '!'), `${event.path}: ${event.problem.title} Trying again (${event.attempt}).`, placeOf(event))
          return
        case 'stage-failed':
          say(paint(31, '✗'), `${event.path}: ${event.problem.title}`)
          return
        case 'warning':
          say(paint(33, '!'), `${event.problem.title} ${event.problem.hint}`, placeOf(event))
          return
        case 'done':
          ended = true
          above.push(...runEndLines(story.end(event), output))
          draw()
      }
    },
    note(texts) {
      above.push(...texts)
      if (ended) draw()
    },
    prompt(line) {
      typed = line
      draw()
    },
    close() {
      clearInterval(timer)
      ended = true
      typed = undefined
      draw()
      showCursor()
      process.off('exit', showCursor)
      process.off('SIGTSTP', suspend)
    },
  }
}

const textOf = (line: Line): string =>
  typeof line === 'string' ? line : line.map((part) => (typeof part === 'string' ? part : part.text)).join('')
