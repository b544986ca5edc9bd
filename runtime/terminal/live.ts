/** The live view on a terminal: finished stages scroll by above, running ones stay below, at most ten frames a second. */
import type { Renderer } from './renderer.ts'
import { type RunStory, summary } from './summary.ts'
import { emptyView, lines, reduce } from './view.ts'
import { duration, outcome } from './words.ts'

const frameMs = 100
const csi = '\u001b['

export interface TerminalOutput {
  write(text: string): unknown
  readonly columns?: number
}

export function liveRenderer(output: TerminalOutput, store: string, colour: boolean): Renderer {
  let state = emptyView
  let drawn = 0
  let closed = false
  const failed: RunStory['failed'][number][] = []
  const stopped: RunStory['stopped'][number][] = []
  const paint = (code: number, text: string) => (colour ? `${csi}${code}m${text}${csi}0m` : text)

  /** One write a frame: up to the first line of the old one, then each line and what was behind it. */
  const draw = (above: readonly string[] = []) => {
    const up = drawn === 0 ? '' : `${csi}${drawn}A`
    const frame = closed ? [] : lines(state, output.columns ?? 80, Date.now())
    const text = [...above, ...frame].map((line) => `${line}${csi}K\n`).join('')
    output.write(`${up}\r${text}${csi}J`)
    drawn = frame.length
  }
  const timer = setInterval(draw, frameMs)
  output.write(`${csi}?25l`)

  return {
    onEvent(event) {
      state = reduce(state, event, Date.now())
      switch (event.event) {
        case 'start':
          return draw([
            `${event.file} · ${event.stages} stages · ${event.slots} × ${event.threads} ${event.threads === 1 ? 'thread' : 'threads'}`,
          ])
        case 'stage-start':
          if (event.resumedAt !== undefined) draw([`${paint(36, '↻')} ${event.path} continues at step ${event.resumedAt}/${event.steps}`])
          return
        case 'stage-done':
          return draw([
            [`${paint(32, '✓')} ${event.path}`, outcome(event.metrics), paint(2, duration(event.seconds))]
              .filter((part) => part !== '')
              .join('  '),
          ])
        case 'retry':
          return draw([`${paint(33, '!')} ${event.path}: ${event.problem.title} Trying again (${event.attempt}).`])
        case 'stage-failed':
          failed.push(event)
          return draw([`${paint(31, '✗')} ${event.path}: ${event.problem.title}`])
        case 'stage-stopped':
          stopped.push(event)
          return
        case 'warning':
          return draw([`${paint(33, '!')} ${event.problem.title} ${event.problem.hint}`])
        case 'done':
          closed = true
          draw(summary({ done: event, failed, stopped, store }))
      }
    },
    close() {
      clearInterval(timer)
      if (!closed) {
        closed = true
        draw()
      }
      output.write(`${csi}?25h`)
    },
  }
}
