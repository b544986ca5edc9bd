/** Result of `espalier pick` as text. */
import { short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import type { PickView } from '../views/pick.ts'

/** Arms shown besides the best. */
const shown = 5

export function pickLines({ metric, arms, changes, written, warnings }: PickView): string[] {
  const rows = arms
    .slice(0, shown + 1)
    .map(({ name, mean, deviation, seeds }, i) => [
      i === 0 ? '→' : ' ',
      name,
      short(mean) + (deviation === null ? '' : ` ± ${short(deviation)}`),
      ...(seeds > 1 ? [`${seeds} seeds`] : []),
    ])
  const more = arms.length - rows.length
  const end = changes.length === 0 ? 'The source says so already.' : written ? 'Written.' : 'Nothing is written yet: --write does it.'
  return [
    `Best by ${metric} of ${arms.length} arms:`,
    ...aligned(rows).map((row) => `  ${row}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...warnings,
    ...changes.flatMap(({ diff }) => ['', ...diff.split(/\r?\n/)]),
    '',
    end,
  ]
}
