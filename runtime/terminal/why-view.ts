/** The answer of `espalier why` for people: what differs, then the code that changed. */
import { structuredPatch } from 'diff'
import { printable, shortDigest } from '../format/words.ts'
import type { Difference } from '../plan/explain.ts'
import type { Why } from '../plan/why.ts'

const outcomes = {
  hit: 'is in the store: nothing to do.',
  resume: 'continues from a checkpoint.',
  run: 'will run.',
  unknown: 'will run, or be found, when what comes before it has run.',
} as const

export function whyLines({ stage, compared, differences, after }: Why): string[] {
  const { path, status, reasons } = stage
  const head = `${printable(path)} ${outcomes[status]}`
  const before =
    after.length === 0 ? [] : ['', 'Before it will run:', ...after.map(({ path, reasons }) => `  ${path}: ${reasons.join('; ')}`)]
  if (compared === undefined) {
    const why = status === 'hit' ? 'No other result of this place is in the store.' : 'No earlier result of this place is in the store.'
    return [head, ...before, '', why]
  }
  const when = compared.finished === undefined ? '' : `, ${moment(compared.finished)}`
  const other = status === 'hit' ? 'the nearest other result' : 'the nearest earlier result'
  const place = compared.place === undefined ? 'of this place' : `from the same input, of ${printable(compared.place)}`
  const intro = `Compared with ${other} ${place} (key ${shortDigest(compared.key)}${when}):`
  const told = differences.map(({ says }) => `  ${says}`)
  // Where the key is known to the store, a checkpoint or a snapshot decides; the plan has said what.
  const phrases = new Set(differences.map(({ says }) => says))
  const more =
    status === 'hit' || status === 'unknown' ? [] : reasons.filter((reason) => !phrases.has(reason)).map((reason) => `  ${reason}`)
  const same = told.length + more.length === 0 ? ['  nothing'] : []
  return [head, ...before, '', intro, ...told, ...more, ...same, ...differences.flatMap(codeLines)]
}

/** A unified diff of the function that changed, with the line numbers of its file. */
function codeLines({ code }: Difference): string[] {
  const patch = patchOf(code)
  return patch === undefined ? [] : ['', ...patch.split('\n')]
}

/** Undefined where no code is known, or only its layout differs. */
export function patchOf(code: Difference['code']): string | undefined {
  if (code === undefined) return undefined
  const { before, after } = code
  const { hunks } = structuredPatch(before.place, after.place, before.text, after.text, '', '', { context: 3, stripTrailingCr: true })
  if (hunks.length === 0) return undefined
  const [from, to] = [firstLine(before.place), firstLine(after.place)]
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart + from - 1},${oldLines} +${newStart + to - 1},${newLines} @@`,
    ...lines.filter((line) => !line.startsWith('\\')), // a function's text has no newline at its end
  ])
  return [`--- ${before.place}`, `+++ ${after.place}`, ...lines].join('\n')
}

function firstLine(place: string): number {
  return Number(/:(\d+)$/.exec(place)?.[1] ?? 1)
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
}
