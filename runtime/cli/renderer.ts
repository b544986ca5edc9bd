/** Which view a run gets: live on a terminal, else plain lines; JSON where it is asked for. */
import { jsonRenderer } from '../terminal/json.ts'
import { liveRenderer } from '../terminal/live.ts'
import { plainRenderer } from '../terminal/plain.ts'
import type { Renderer } from '../terminal/renderer.ts'

export function rendererFor(json: boolean, store: string): Renderer {
  const write = (text: string) => process.stdout.write(text)
  if (json) return jsonRenderer(write)
  return isLive() ? liveRenderer(process.stdout, { store, colour: (process.env.NO_COLOR ?? '') === '' }) : plainRenderer(write, store)
}

function isLive(): boolean {
  const { TERM, CI } = process.env
  return process.stdout.isTTY && TERM !== 'dumb' && ['', 'false', '0'].includes(CI ?? '')
}
