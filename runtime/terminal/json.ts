import type { Renderer } from './renderer.ts'

/** One event a line, in the order they happened. */
export function jsonRenderer(write: (text: string) => void): Renderer {
  return {
    onEvent: (event) => write(`${JSON.stringify(event)}\n`),
    close: () => {},
  }
}
