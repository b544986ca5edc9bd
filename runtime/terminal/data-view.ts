/** Data sets in lines: where each is, or how to get it. */
import { padEnd, widthOf } from '../format/width.ts'
import { printable } from '../format/words.ts'
import type { DataSetsView } from '../views/data-sets.ts'

export function dataSetLines({ data }: DataSetsView): string[] {
  const width = Math.max(0, ...data.map(({ name }) => widthOf(printable(name))))
  return data.flatMap(({ name, folder, looked, get }) => [
    `${padEnd(printable(name), width)}  ${printable(folder ?? `not here: ${looked.join(', ')}`)}`,
    ...(folder === null ? [`${' '.repeat(width)}  ${get}`] : []),
  ])
}
