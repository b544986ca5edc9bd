/** Paths in a pipeline as texts: `seed=0/hybrid/train#2`. */

/** Whether one part of a path names a seed: `seed=0`, or `seed2=0` for nested seeds. */
export const isSeedSegment = (part: string): boolean => /^seed\d*=/.test(part)

/** A name as one part of a path. An ambiguous name is written as a JSON string. */
export const segment = (name: string): string => (/["/]|^$/.test(name) || isSeedSegment(name) ? JSON.stringify(name) : name)

/** The parts of a path, as written. */
export const segmentsOf = (path: string): readonly string[] =>
  path.includes('"') ? (path.match(/(?:"(?:\\.|[^"\\])*"|[^/"])+/g) ?? []) : path.split('/').filter((part) => part !== '')

/** Hands out names that are used once: a path already taken gets the next free number. */
export class Paths {
  readonly #taken = new Set<string>()

  claim(wanted: string): string {
    let path = wanted
    for (let n = 2; this.#taken.has(path); n++) path = `${wanted.replace(/#\d+$/, '')}#${n}`
    this.#taken.add(path)
    return path
  }
}
