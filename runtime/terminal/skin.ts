/** Renders views as text: live on a terminal, otherwise as plain lines. */
import type { Output } from '../format/output.ts'
import type { Skin } from '../views/skin.ts'
import { documentLines } from './document.ts'
import { liveRenderer } from './live.ts'
import { plainRenderer } from './plain.ts'

/** @param live whether lines can be redrawn */
export const terminalSkin = (output: Output, { live }: { readonly live: boolean }): Skin => ({
  document: (view) => documentLines(view, output),
  run: ({ stages }) => (live ? liveRenderer(output, stages) : plainRenderer(output)),
})
