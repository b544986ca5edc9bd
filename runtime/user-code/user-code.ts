/** Distinguishes user code from Node's, packages' and this library's code. */
import { fileURLToPath } from 'node:url'

/** URLs of the folders of this library's code: the sources and the build. This module is in one of them. */
export const ownFolders: readonly string[] = ['dsl/', 'stdlib/', 'runtime/', 'dist/'].map(
  (folder) => new URL(folder, new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url)).href,
)

const isOwn = (url: string): boolean => ownFolders.some((folder) => url.startsWith(folder))

export function isUserCode(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !isOwn(url)
}

/** Code of a package other than this library. */
export const isPackaged = (url: string): boolean => url.startsWith('file:') && url.includes('/node_modules/') && !isOwn(url)

/** `@scope/name/part` → `@scope/name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Stack frames in user code, innermost first: `file:line:column`. Repeated frames of recursion are merged. */
export function userFrames(stack: string): string[] {
  const frames = [...stack.matchAll(/(file:\/\/\S+?):(\d+):(\d+)/g)]
    .filter(([, url]) => isUserCode(url!))
    .map(([, url, row, column]) => `${placeOf(url!)}:${row}:${column}`)
  return frames.filter((frame, i) => frame !== frames[i - 1])
}

/** The path of a file; the same for all imported copies. */
export const placeOf = (url: string): string => fileURLToPath(url.replace(/[?#].*$/, ''))
