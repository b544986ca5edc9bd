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
