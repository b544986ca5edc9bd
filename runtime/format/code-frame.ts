/** A source line with its neighbours and a marker, as a fact of a problem. */
import { codeFrameColumns } from '@babel/code-frame'
import { type SourceLocation, show } from '../../dsl/check/at.ts'
import type { Fact, ProblemText } from '../../dsl/check/problem.ts'
import { textOf } from './text-of-file.ts'

/** `place` is `file:line:column`; empty without a place, or if the file cannot be read. */
export function codeFrame(place: string | undefined): Fact[] {
  const [, file, row, column] = /^(.*):(\d+):(\d+)$/.exec(place ?? '') ?? []
  if (file === undefined) return []
  const lines = linesOf(file)
  const line = Number(row)
  if (lines[line - 1] === undefined) return []
  const below = lines[line] === '' ? 0 : 1
  // @babel/code-frame counts columns from 0 here.
  const frame = codeFrameColumns(lines.join('\n'), { start: { line, column: Number(column) - 1 } }, { linesAbove: 1, linesBelow: below })
  return [['code', frame]]
}

/** Adds the stage's source location to a problem. A location that the problem already has comes first. */
export function withPlace({ title, facts, hint }: ProblemText, at: SourceLocation | undefined): ProblemText {
  if (at === undefined) return { title, facts, hint }
  const place = show(at)
  const own = facts.some(([label]) => label === 'at')
  return { title, facts: [...facts, ...(own ? [['stage at', place] as const] : [['at', place] as const, ...codeFrame(place)])], hint }
}

/** `file:line:column` in the user's code, if the problem has one. */
export const placeIn = ({ facts }: ProblemText): string | undefined =>
  facts.find(([label]) => label === 'stage at')?.[1] ?? facts.find(([label]) => label === 'at')?.[1]

/** Where a file imports something, as `file:line:column`. */
export function placeOfImport(file: string, specifier: string): string | undefined {
  for (const [index, line] of linesOf(file).entries()) {
    const column = Math.max(line.indexOf(`'${specifier}'`), line.indexOf(`"${specifier}"`))
    if (column >= 0) return `${file}:${index + 1}:${column + 1}`
  }
  return undefined
}

const linesOf = (file: string): string[] => textOf(file)?.split(/\r?\n/) ?? []
