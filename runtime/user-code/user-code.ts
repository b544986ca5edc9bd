/** Which code is the user's: neither Node's, nor a package's, nor this library's. */
import { fileURLToPath } from 'node:url'

/** The folders of this library's own code: those of the source tree and its bundle, or the bundle's alone. */
const own = (() => {
  const source = import.meta.url.endsWith('.ts')
  const root = new URL(source ? '../../' : './', import.meta.url).href
  return source ? ['dsl/', 'stdlib/', 'runtime/', 'dist/'].map((folder) => root + folder) : [root]
})()

export function isUserCode(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !own.some((folder) => url.startsWith(folder))
}

/** The user's own frames of a stack, innermost first: `file:line:column`. A function that calls itself is told once. */
export function userFrames(stack: string): string[] {
  const frames = [...stack.matchAll(/(file:\/\/\S+?):(\d+):(\d+)/g)]
    .filter(([, url]) => isUserCode(url!))
    .map(([, url, row, column]) => `${placeOf(url!)}:${row}:${column}`)
  return frames.filter((frame, i) => frame !== frames[i - 1])
}

/** The path of a file, whichever copy of it was loaded. */
export const placeOf = (url: string): string => fileURLToPath(url.replace(/[?#].*$/, ''))
