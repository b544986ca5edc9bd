/** What the package says of itself. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

// In the source tree this module is two folders down, bundled it is one.
const root = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url)

/** Espalier's. */
export const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly version: string }

/** How another project depends on this package: by version where it was installed, by folder where it was not and may be unpublished. */
export function dependency(): string {
  const folder = fileURLToPath(root)
  return folder.includes('/node_modules/') ? version : `file:${folder.replace(/\/$/, '')}`
}

/** Path of a page of the manual, as it is shortest from the working directory. */
export function manual(page = 'commands.md'): string {
  const path = fileURLToPath(new URL(`docs/${page}`, root))
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}
