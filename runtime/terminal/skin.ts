/** Views for people: live on a terminal, else plain lines. */
import type { Skin } from '../views/skin.ts'
import { documentLines } from './document.ts'
import { liveRenderer, type TerminalOutput } from './live.ts'
import { plainRenderer } from './plain.ts'

export interface TerminalOptions {
  /** Whether lines can be drawn over. */
  readonly live: boolean
  readonly colour: boolean
}

export const terminalSkin = (output: TerminalOutput, { live, colour }: TerminalOptions): Skin => ({
  document: (view) => documentLines(view, { columns: output.columns || 80, rows: output.rows || 24 }).join('\n'),
  run: ({ store, stages }) => (live ? liveRenderer(output, { store, stages, colour }) : plainRenderer((text) => output.write(text), store)),
})
