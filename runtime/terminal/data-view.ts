/** Data sets as text: where each is, or how to get it. */
import { padEnd, widthOf } from '../format/width.ts'
import type { Views } from '../views/view.ts'

export function dataSetLines({ data }: Views['data-sets']): string[] {
  const width = Math.max(0, ...data.map(({ name }) => widthOf(name)))
  return data.flatMap(({ name, folder, looked, get }) => [
    `${padEnd(name, width)}  ${folder ?? `not here: ${looked.join(', ')}`}`,
    ...(folder === null ? [`${' '.repeat(width)}  ${get}`] : []),
  ])
}
