/** The user's line with its neighbours and a mark, as one fact of a problem. */
import { readFileSync } from 'node:fs'
import type { Fact } from '../../dsl/check/problem.ts'

/** `place` is `file:line:column`; no fact without a place, or when its file cannot be read. */
export function codeFrame(place: string | undefined): Fact[] {
  const [, file, row, column] = /^(.*):(\d+):(\d+)$/.exec(place ?? '') ?? []
  if (file === undefined) return []
  const lines = linesOf(file)
  const line = Number(row)
  if (lines[line - 1] === undefined) return []
  const shown = [line - 1, line, line + 1].filter((n) => n >= 1 && n <= lines.length && (n <= line || lines[n - 1] !== ''))
  const width = String(shown.at(-1)).length
  const frame = shown.flatMap((n) => {
    const text = lines[n - 1]!
    // Tabs stay tabs under the line, so that the mark stands below its column.
    const indent = text.slice(0, Number(column) - 1).replaceAll(/[^\t]/g, ' ')
    const shownLine = `${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${text}`
    return n === line ? [shownLine, `  ${' '.repeat(width)} | ${indent}^`] : [shownLine]
  })
  return [['code', frame.join('\n')]]
}

/** Where a file imports something, as `file:line:column`. */
export function placeOfImport(file: string, specifier: string): string | undefined {
  for (const [index, line] of linesOf(file).entries()) {
    const column = Math.max(line.indexOf(`'${specifier}'`), line.indexOf(`"${specifier}"`))
    if (column >= 0) return `${file}:${index + 1}:${column + 1}`
  }
  return undefined
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)
  } catch {
    return []
  }
}
