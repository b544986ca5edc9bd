/** What changed in a text, as a unified diff. */
import { structuredPatch } from 'diff'

/** A text, and where it is from: `line` is that of its first one in the file, 1 by default. */
export interface Version {
  readonly place: string
  readonly text: string
  readonly line?: number
}

/** Undefined where nothing differs. */
export function unifiedDiff(before: Version, after: Version): string | undefined {
  const { hunks } = structuredPatch(before.place, after.place, before.text, after.text, '', '', { context: 3, stripTrailingCr: true })
  if (hunks.length === 0) return undefined
  const [from, to] = [before, after].map(({ line = 1 }) => line - 1) as [number, number]
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart + from},${oldLines} +${newStart + to},${newLines} @@`,
    ...lines.filter((line) => !line.startsWith('\\')), // whether the last line has an end is not worth one
  ])
  return [`--- ${before.place}`, `+++ ${after.place}`, ...lines].join('\n')
}
