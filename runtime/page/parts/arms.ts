/** Which arms are looked at, and how each is drawn: the same in the table and in every plot. */

/** In order; each has its own colour and dash by its place. */
export interface ArmsShown {
  readonly names: readonly string[]
  /** None: all of them. */
  readonly chosen: ReadonlySet<string>
  /** The one that is pointed at. */
  readonly near: string | undefined
}

export const isShown = ({ chosen }: ArmsShown, name: string): boolean => chosen.size === 0 || chosen.has(name)

/** Clearly, or as what stands behind. */
export const strengthOf = (arms: ArmsShown, name: string): number =>
  arms.near !== undefined ? (arms.near === name ? 1 : 0.2) : isShown(arms, name) ? 1 : 0.12

const colours = 7
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]]

/** A colour of the style sheet. */
export const colourOf = (arms: ArmsShown, name: string): string => `var(--arm-${placeOf(arms, name) % colours})`

/** A to Z, AA, …: what tells arms apart where several have a colour. Undefined where colours are enough. */
export function letterOf(arms: ArmsShown, name: string): string | undefined {
  if (arms.names.length <= colours) return undefined
  let [letters, rest] = ['', placeOf(arms, name) + 1]
  for (; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  return letters
}

/** Colours come again with another dash. */
export const dashOf = (arms: ArmsShown, name: string): readonly number[] =>
  dashes[Math.floor(placeOf(arms, name) / colours) % dashes.length]!

const placeOf = ({ names }: ArmsShown, name: string): number => Math.max(0, names.indexOf(name))
