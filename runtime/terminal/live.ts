/**
 * The live view on a terminal: finished stages scroll by above, running ones stay below, at most ten frames a second. Not `log-update`: it
 * cannot put lines above in the write that redraws what is below them.
 */

import type { ProblemText } from '../../dsl/check/problem.ts'
import { placeIn } from '../format/code-frame.ts'
import { fromTheEnd, widthOf } from '../format/width.ts'
import { duration, outcome, printable, threads } from '../format/words.ts'
import { type Expected, Progress } from '../views/progress.ts'
import type { Renderer } from '../views/skin.ts'
import { progressLines } from './progress-view.ts'
import { type RunStory, summary } from './summary.ts'

const frameMs = 100
const csi = '\u001b['

export interface TerminalOutput {
  write(text: string): unknown
  /** 0 or absent where the terminal does not say. */
  readonly columns?: number
  readonly rows?: number
}

export interface LiveOptions {
  /** The store's folder. */
  readonly store: string
  readonly colour: boolean
  /** The stages of the run, when they are known. */
  readonly stages?: readonly Expected[]
}

export function liveRenderer(output: TerminalOutput, { store, colour, stages }: LiveOptions): Renderer {
  const progress = new Progress(stages)
  /** The frame that stands on the screen. */
  let drawn: readonly string[] = []
  /** Lines that go above it with the next one. */
  let above: string[] = []
  let typed: string | undefined
  let ended = false
  const failed: RunStory['failed'][number][] = []
  const stopped: RunStory['stopped'][number][] = []
  const paint = (code: number, text: string) => (colour ? `${csi}${code}m${text}${csi}0m` : text)
  const placeOf = ({ problem }: { readonly problem: ProblemText }) => paint(2, printable(placeIn(problem) ?? ''))
  const say = (...parts: readonly string[]) => above.push(parts.filter((part) => part !== '').join('  '))

  /** One write a frame: up to the first line of the old one, then each line and what was behind it. */
  const draw = () => {
    const columns = output.columns || 80
    const run = ended
      ? []
      : progressLines(progress.view(Date.now()), { columns, rows: (output.rows || 24) - (typed === undefined ? 0 : 1) })
    const frame = typed === undefined ? run : [...run, fromTheEnd(printable(typed), columns - 1)]
    if (above.length === 0 && frame.length === drawn.length && frame.every((line, i) => line === drawn[i])) return
    // A terminal that has become narrower has wrapped the old lines.
    const up = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0)
    const text = [...above, ...frame].map((line) => `${line}${csi}K\n`).join('')
    output.write(`${up === 0 ? '' : `${csi}${up}A`}\r${text}${csi}J`)
    drawn = frame
    above = []
  }
  const showCursor = () => output.write(`${csi}?25h`)
  const timer = setInterval(draw, frameMs)
  process.once('exit', showCursor)
  output.write(`${csi}?25l`)

  return {
    onEvent(event) {
      progress.note(event, Date.now())
      switch (event.event) {
        case 'start':
          say(`${printable(event.file)} · ${event.stages} stages · ${threads(event.slots, event.threads)}`)
          return
        case 'stage-start':
          if (event.by !== undefined) say(`${paint(36, '⇄')} ${printable(event.path)} is computed by ${event.by}`)
          if (event.resumedAt !== undefined)
            say(`${paint(36, '↻')} ${printable(event.path)} continues at step ${event.resumedAt}/${event.steps}`)
          return
        case 'stage-done':
          say(`${paint(32, '✓')} ${printable(event.path)}`, outcome(event.metrics), paint(2, duration(event.seconds)))
          return
        case 'retry':
          say(`${paint(33, '!')} ${printable(`${event.path}: ${event.problem.title} Trying again (${event.attempt}).`)}`, placeOf(event))
          return
        case 'stage-failed':
          failed.push(event)
          say(`${paint(31, '✗')} ${printable(`${event.path}: ${event.problem.title}`)}`)
          return
        case 'stage-stopped':
          stopped.push(event)
          return
        case 'warning':
          say(`${paint(33, '!')} ${printable(`${event.problem.title} ${event.problem.hint}`)}`, placeOf(event))
          return
        case 'done':
          ended = true
          above.push(...summary({ done: event, failed, stopped, store }))
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
    },
  }
}
