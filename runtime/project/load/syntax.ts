/** Position of a syntax error, from Node's error. */
import { fileURLToPath } from 'node:url'

/** Node's code for TypeScript that cannot be stripped. */
export const notStripped = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'

/** Whether the stack begins with a position. */
export const hasPlace = (stack: string): boolean => placeOfSyntaxError(stack) !== undefined

/**
 * Node puts the position of a syntax error on the stack's first line, without a column; the source line and a caret line follow.
 * It is a path where Node first treated the file as CommonJS, else a URL.
 */
export function placeOfSyntaxError(stack: string): string | undefined {
  const [, place, row, column] = /^(.+?):(\d+)(?::(\d+))?\n/.exec(stack) ?? []
  if (place === undefined) return undefined
  const caret = stack.split('\n').find((line) => /^\s*\^+\s*$/.test(line))
  const file = place.startsWith('file:') ? fileURLToPath(place.replace(/[?#].*$/, '')) : place
  return `${file}:${row}:${column ?? (caret === undefined ? 1 : caret.indexOf('^') + 1)}`
}
