/** Interface of the renderers of views. */
import type { RunEvent } from '../run-event.ts'
import type { Expected } from './progress.ts'
import type { View } from './view.ts'

export interface Skin {
  /** Renders a view as lines. */
  document(view: View): readonly string[]
  /** Renders a run's progress and results. */
  run(shown: RunShown): Renderer
}

export interface RunShown {
  readonly stages: readonly Expected[]
}

export interface Renderer {
  onEvent(event: RunEvent): void
  /** Prints lines above the live display. */
  note(lines: readonly string[]): void
  /** Shows a line being typed below everything else; undefined removes it. */
  prompt(line: string | undefined): void
  /** Restores the terminal; nothing is shown afterwards. */
  close(): void
}
