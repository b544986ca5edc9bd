/** Shows a run. Three ways: a live view for a terminal, plain lines, JSON for programs. */
import type { RunEvent } from '../schedule/event.ts'

export interface Renderer {
  onEvent(event: RunEvent): void
  /** Leaves the terminal as it was; nothing is shown after it. */
  close(): void
}
