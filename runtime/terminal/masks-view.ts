/** Masks as text: darker characters for higher densities. */
import { short } from '../format/number.ts'
import type { MaskPicture, MasksView } from '../views/masks.ts'

/** Density of a cell: 0, up to a third, up to two thirds, more, 1. */
const shades = [' ', '░', '▒', '▓', '█'] as const
/** Most rows of an image. Characters are about twice as high as wide. */
const mostRows = 24

/** @param columns of the screen */
export function maskLines({ path, layers }: MasksView, { columns }: { readonly columns: number }): string[] {
  return [
    path,
    ...layers.flatMap((layer) => [
      '',
      `${layer.name}  ${layer.shape.join(' × ')}  ${short(layer.density * 100)} % left`,
      ...pictureLines(layer, Math.min(columns, 160) - 2),
    ]),
  ]
}

function pictureLines({ rows, columns, cells }: MaskPicture, width: number): string[] {
  const [down, across] = [Math.min(rows, mostRows), Math.min(columns, width)]
  const mean = (row: number, column: number) => {
    let [sum, count] = [0, 0]
    for (let y = Math.floor((row * rows) / down); y < Math.floor(((row + 1) * rows) / down); y++)
      for (let x = Math.floor((column * columns) / across); x < Math.floor(((column + 1) * columns) / across); x++) {
        sum += cells[y * columns + x]!
        count++
      }
    return sum / count
  }
  const line = (row: number) => Array.from({ length: across }, (_, column) => shadeOf(mean(row, column))).join('')
  return [`┌${'─'.repeat(across)}┐`, ...Array.from({ length: down }, (_, row) => `│${line(row)}│`), `└${'─'.repeat(across)}┘`]
}

const shadeOf = (percent: number): string =>
  percent === 0 ? shades[0] : percent === 100 ? shades[4] : shades[1 + Math.min(2, Math.floor(percent / 34))]!
