/** How figures look: told apart by colour, and by mark and dash as well, for those who see no colour and for print in grey. Lengths in points. */

export const fontFamily = 'Source Sans 3'
export const fontSize = 7.5
/** A letter's width on average, and from line to line. */
export const letter = fontSize * 0.5
export const lineHeight = fontSize * 1.4
/** Of a name below an axis at most, in ems; the rest is left out. */
export const nameEms = 12

export const ink = '#222222'
export const quiet = '#767676'
export const faint = '#e4e4e4'

export const points = (millimetres: number): number => (millimetres * 72) / 25.4
export const millimetresOf = (points: number): number => (points * 25.4) / 72

/** The colours of Okabe and Ito (2008) that can be seen on white, neighbours of different lightness. */
const colours = ['#0072b2', '#d55e00', '#000000', '#56b4e9', '#009e73', '#cc79a7', '#e69f00']
const symbols = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star', 'wye'] as const
const dashes = ['', '4 2', '1 1.5', '6 1.5 1 1.5', '2 2']

export interface Style {
  readonly colour: string
  readonly symbol: (typeof symbols)[number]
  /** Hollow ones are filled with white. */
  readonly fill: string
  readonly dash: string
}

export function styleOf(i: number): Style {
  const round = Math.floor(i / colours.length)
  const [colour, symbol] = [colours[i % colours.length]!, symbols[(i + round) % symbols.length]!]
  return { colour, symbol, fill: (i + round) % 2 === 0 ? colour : '#ffffff', dash: dashes[i % dashes.length]! }
}
