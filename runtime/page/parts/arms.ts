/** The selected arms and their style, shared by the table and all plots. */

/** In order; the position determines colour and dash. */
export interface ArmsShown {
  readonly names: readonly string[]
  /** Empty: all arms. */
  readonly chosen: ReadonlySet<string>
  /** The arm under the pointer. */
  readonly near: string | undefined
}

export const isShown = ({ chosen }: ArmsShown, name: string): boolean => chosen.size === 0 || chosen.has(name)

/** Opacity: 1 if highlighted, less in the background. */
export const strengthOf = (arms: ArmsShown, name: string): number =>
  arms.near !== undefined ? (arms.near === name ? 1 : 0.2) : isShown(arms, name) ? 1 : 0.12

const colours = 7
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]]

/** A colour of the style sheet. */
export const colourOf = (arms: ArmsShown, name: string): string => `var(--arm-${placeOf(arms, name) % colours})`

/** A to Z, AA, …: distinguishes arms with the same colour. Undefined if colours are sufficient. */
export function letterOf(arms: ArmsShown, name: string): string | undefined {
  if (arms.names.length <= colours) return undefined
  let [letters, rest] = ['', placeOf(arms, name) + 1]
  for (; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  return letters
}

/** Colours repeat with another dash. */
export const dashOf = (arms: ArmsShown, name: string): readonly number[] =>
  dashes[Math.floor(placeOf(arms, name) / colours) % dashes.length]!

const placeOf = ({ names }: ArmsShown, name: string): number => Math.max(0, names.indexOf(name))
