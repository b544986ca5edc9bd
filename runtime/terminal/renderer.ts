/** Shows a run. Three ways: a live view for a terminal, plain lines, JSON for programs. */
import type { RunEvent } from '../run-event.ts'

export interface Renderer {
  onEvent(event: RunEvent): void
  /** Lines beside the run's own, above what is live. */
  note(lines: readonly string[]): void
  /** A line that is being typed stands below all else; undefined takes it away. */
  prompt(line: string | undefined): void
  /** Leaves the terminal as it was; nothing is shown after it. */
  close(): void
}
