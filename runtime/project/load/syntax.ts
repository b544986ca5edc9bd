/** Where a syntax error is, as Node tells it. */
import { fileURLToPath } from 'node:url'

/** Node's code for TypeScript that is more than types. */
export const notStripped = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'

/** The stack begins with a place. */
export const hasPlace = (stack: string): boolean => placeOfSyntaxError(stack) !== undefined

/**
 * Node puts the place of a syntax error on the stack's first line, without a column; the line and a caret line follow.
 * A path where it took the file for CommonJS at first, else an URL.
 */
export function placeOfSyntaxError(stack: string): string | undefined {
  const [, place, row, column] = /^(.+?):(\d+)(?::(\d+))?\n/.exec(stack) ?? []
  if (place === undefined) return undefined
  const caret = stack.split('\n').find((line) => /^\s*\^+\s*$/.test(line))
  const file = place.startsWith('file:') ? fileURLToPath(place.replace(/[?#].*$/, '')) : place
  return `${file}:${row}:${column ?? (caret === undefined ? 1 : caret.indexOf('^') + 1)}`
}
