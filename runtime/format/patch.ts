/** Unified diffs. */
import { structuredPatch } from 'diff'

/** A text and its origin; `line` is the number of its first line in the file, 1 by default. */
export interface Version {
  readonly place: string
  readonly text: string
  readonly line?: number
}

/** Undefined if the texts are equal. */
export function unifiedDiff(before: Version, after: Version): string | undefined {
  const { hunks } = structuredPatch(before.place, after.place, before.text, after.text, '', '', { context: 3, stripTrailingCr: true })
  if (hunks.length === 0) return undefined
  const [from, to] = [before, after].map(({ line = 1 }) => line - 1) as [number, number]
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart + from},${oldLines} +${newStart + to},${newLines} @@`,
    ...lines.filter((line) => !line.startsWith('\\')), // without "\ No newline at end of file"
  ])
  return [`--- ${before.place}`, `+++ ${after.place}`, ...lines].join('\n')
}
