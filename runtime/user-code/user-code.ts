/** Which code is the user's: neither Node's, nor a package's, nor this library's. */
import { fileURLToPath } from 'node:url'

/** URLs of the folders of this library's own code: of its sources, and of what is built of them. This module is in one or the other. */
export const ownFolders: readonly string[] = ['dsl/', 'stdlib/', 'runtime/', 'dist/'].map(
  (folder) => new URL(folder, new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url)).href,
)

const isOwn = (url: string): boolean => ownFolders.some((folder) => url.startsWith(folder))

export function isUserCode(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !isOwn(url)
}

/** Of a package that is not this library. */
export const isPackaged = (url: string): boolean => url.startsWith('file:') && url.includes('/node_modules/') && !isOwn(url)

/** `@scope/name/part` → `@scope/name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** The user's own frames of a stack, innermost first: `file:line:column`. A function that calls itself is told once. */
export function userFrames(stack: string): string[] {
  const frames = [...stack.matchAll(/(file:\/\/\S+?):(\d+):(\d+)/g)]
    .filter(([, url]) => isUserCode(url!))
    .map(([, url, row, column]) => `${placeOf(url!)}:${row}:${column}`)
  return frames.filter((frame, i) => frame !== frames[i - 1])
}

/** The path of a file, whichever copy of it was loaded. */
export const placeOf = (url: string): string => fileURLToPath(url.replace(/[?#].*$/, ''))
