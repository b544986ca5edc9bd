/** Output of `espalier why`: what differs, followed by diffs of changed code. */
import { moment, shortDigest } from '../format/words.ts'
import type { WhyView } from '../views/why.ts'

const outcomes = {
  hit: 'is in the store: nothing to do.',
  resume: 'continues from a checkpoint.',
  run: 'will run.',
  unknown: 'will run or be a hit, depending on the results of the stages before it.',
} as const

export function whyLines({ stage, compared, differences, after }: WhyView): string[] {
  const { path, status, reasons } = stage
  const head = `${path} ${outcomes[status]}`
  const before =
    after.length === 0 ? [] : ['', 'Stages that run before it:', ...after.map(({ path, reasons }) => `  ${path}: ${reasons.join('; ')}`)]
  if (compared === null) {
    const why = status === 'hit' ? 'No other result of this place is in the store.' : 'No earlier result of this place is in the store.'
    return [head, ...before, '', why]
  }
  const when = compared.finished === undefined ? '' : `, ${moment(compared.finished)}`
  const other = status === 'hit' ? 'the nearest other result' : 'the nearest earlier result'
  const place = compared.place === undefined ? 'of this place' : `from the same input, of ${compared.place}`
  const intro = `Compared with ${other} ${place} (key ${shortDigest(compared.key)}${when}):`
  const changed = differences.map(({ says }) => `  ${says}`)
  // If the store knows the key, a checkpoint or a snapshot decides; the plan's reasons contain it.
  const phrases = new Set(differences.map(({ says }) => says))
  const more =
    status === 'hit' || status === 'unknown' ? [] : reasons.filter((reason) => !phrases.has(reason)).map((reason) => `  ${reason}`)
  const same = changed.length + more.length === 0 ? ['  nothing'] : []
  const code = differences.flatMap(({ diff }) => (diff === undefined ? [] : ['', ...diff.split(/\r?\n/)]))
  return [head, ...before, '', intro, ...changed, ...more, ...same, ...code]
}
