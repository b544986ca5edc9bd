import type { Renderer } from './renderer.ts'
import { armStatistics } from './statistics.ts'

/** One event a line, in the order they happened; the last has the results' statistics too. */
export function jsonRenderer(write: (text: string) => void): Renderer {
  return {
    onEvent: (event) =>
      write(`${JSON.stringify(event.event === 'done' ? { ...event, statistics: armStatistics(event.results) } : event)}\n`),
    note: () => {},
    prompt: () => {},
    close: () => {},
  }
}
