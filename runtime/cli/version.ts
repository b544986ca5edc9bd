/** What the package says of itself. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

// In the source tree this module is two folders down, bundled it is one.
const root = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url)

/** Espalier's. */
export const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly version: string }

/** Path of a page of the manual, as it is shortest from the working directory. */
export function manual(page = 'commands.md'): string {
  const path = fileURLToPath(new URL(`docs/${page}`, root))
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}
