/** `FILE#*`: all targets of a file, in one run. No export can have this name. */
export const everyTarget = '*'

/** `FILE#target` on the command line. */
export interface TargetName {
  readonly file: string
  /** Undefined: the default export, or the only one. */
  readonly target: string | undefined
}

/** `#` starts a target only after a script's extension, because folder names may contain it. */
export function parseTarget(text: string): TargetName {
  const [, file, target] = /^(.*\.[cm]?[jt]s)#(.*)$/s.exec(text) ?? []
  return file === undefined ? { file: text, target: undefined } : { file, target: target === '' ? undefined : target }
}

/** The most similar name, if at most a third of its characters differ (but one is always allowed). */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return names
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= Math.max(1, Math.floor(other.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0]?.other
}

/** Number of characters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (same ? 0 : 1),
        swapped ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[beforeLast, last] = [last, row]
  }
  return last[b.length]!
}
