/** Version and location of this package. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

// In the source tree this module is two folders deep, in the bundle one.
const root = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url)

/** Espalier's version. */
export const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly version: string }

/** Dependency on this package for another project: by version if it was installed, else by folder, as it may be unpublished. */
export function dependency(): string {
  const folder = fileURLToPath(root)
  return folder.includes('/node_modules/') ? version : `file:${folder.replace(/\/$/, '')}`
}

/** The shortest path of a page of the manual from the working directory. */
export function manual(page = 'commands.md'): string {
  const path = fileURLToPath(new URL(`docs/${page}`, root))
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}
