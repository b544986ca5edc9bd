import { stripVTControlCharacters } from 'node:util'

/** A terminal as far as the live view uses one: what stands on it, whether the cursor shows, and each write. */
export class Screen {
  readonly columns: number
  readonly rows: number
  readonly writes: string[] = []
  readonly lines: string[] = ['']
  cursorShown = true
  #row = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): boolean {
    this.writes.push(text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are a terminal's commands
    for (const part of text.match(/\x1b\[\??\d*[A-Za-z]|[\r\n]|[^\x1b\r\n]+/g) ?? []) this.#take(part)
    return true
  }

  /** What stands there, without empty lines at the end. */
  get shown(): string[] {
    const last = this.lines.findLastIndex((line) => line !== '')
    return this.lines.slice(0, last + 1)
  }

  #take(part: string): void {
    const [, count] = /^.\[(\d*)/.exec(part) ?? []
    if (part === '\n') {
      this.#row++
      this.lines[this.#row] ??= ''
    } else if (part === '\r') this.lines[this.#row] ??= ''
    else if (part.endsWith('A') && count !== undefined) {
      this.#row -= Number(count)
      if (this.#row < 0) throw new Error('the cursor went above the screen')
    } else if (part.endsWith('J') && count !== undefined) {
      this.lines.length = this.#row + 1
      this.lines[this.#row] = ''
    } else if (part.endsWith('?25l')) this.cursorShown = false
    else if (part.endsWith('?25h')) this.cursorShown = true
    else if (count === undefined) this.#print(part)
  }

  /** The view writes whole lines from their first column, and colours within them. */
  #print(text: string): void {
    this.#written = this.#writtenRow === this.#row ? this.#written + text : text
    this.#writtenRow = this.#row
    this.lines[this.#row] = stripVTControlCharacters(this.#written)
  }

  #written = ''
  #writtenRow = -1
}
