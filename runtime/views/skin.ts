/** What draws views. */
import type { RunEvent } from '../run-event.ts'
import type { Expected } from './progress.ts'
import type { View } from './view.ts'

export interface Skin {
  /** One view in lines. */
  document(view: View): readonly string[]
  /** A run as it goes and its results. */
  run(shown: RunShown): Renderer
}

export interface RunShown {
  readonly stages: readonly Expected[]
}

export interface Renderer {
  onEvent(event: RunEvent): void
  /** Lines beside the run's own, above what is live. */
  note(lines: readonly string[]): void
  /** A line that is being typed stands below all else; undefined takes it away. */
  prompt(line: string | undefined): void
  /** Leaves the terminal as it was; nothing is shown after it. */
  close(): void
}
