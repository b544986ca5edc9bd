/**
 * The only place that writes to terminals, pipes and files behind them. What comes here is made printable, a line at a time; colours and the
 * movements of the cursor are Espalier's own and are added after that.
 */
import { printable } from './printable.ts'

/** A text, or one in a colour, a number of ECMA-48's. */
export type Part = string | { readonly text: string; readonly colour: number }
export type Line = string | readonly Part[]

export interface Stream {
  write(text: string): unknown
  /** 0 or absent where a terminal does not say. */
  readonly columns?: number
  readonly rows?: number
  readonly isTTY?: boolean
}

const csi = '\u001b['

export class Output {
  readonly #stream: () => Stream
  readonly #colour: boolean

  /** Whether nothing is said of what takes long. */
  onlyProblems = false

  constructor(stream: () => Stream, { colour = (process.env.NO_COLOR ?? '') === '' }: { readonly colour?: boolean } = {}) {
    this.#stream = stream
    this.#colour = colour
  }

  /** Infinity of a file or a pipe: nothing is cut there. */
  get columns(): number {
    return this.#stream().columns || (this.isTerminal ? 80 : Number.POSITIVE_INFINITY)
  }

  get rows(): number {
    return this.#stream().rows || 24
  }

  get isTerminal(): boolean {
    return this.#stream().isTTY === true
  }

  /** Whether lines can be drawn over. */
  get isLive(): boolean {
    const { TERM, CI } = process.env
    return this.isTerminal && TERM !== 'dumb' && ['', 'false', '0'].includes(CI ?? '')
  }

  print(lines: readonly Line[]): void {
    this.#stream().write(lines.map((line) => `${this.#shown(line)}\n`).join(''))
  }

  /** For programs that take cells with tabs between them. */
  printTabbed(rows: readonly (readonly string[])[]): void {
    this.#stream().write(rows.map((cells) => `${cells.map(printable).join('\t')}\n`).join(''))
  }

  /** What others print, as it comes: its lines may be begun in one text and ended in another. */
  passOn(text: string): void {
    this.#stream().write(text.split(/\r?\n/).map(printable).join('\n'))
  }

  /**
   * Draws over the lines from `up` lines ago on, in one write.
   * @param afresh clears each line first, which may flicker: a terminal that has wrapped one goes on taking it and the next for one line.
   * Cleared at once, a screen may be kept among what was scrolled away
   */
  redraw(up: number, lines: readonly Line[], { afresh = false }: { readonly afresh?: boolean } = {}): void {
    const text = lines.map((line) => `${afresh ? `${csi}2K` : ''}${this.#shown(line)}${csi}K\n`).join('')
    this.#stream().write(`${up === 0 ? '' : `${csi}${up}A`}\r${text}${csi}J`)
  }

  /** Draws over the line of the cursor, which the next one draws over in turn unless it is `kept`. */
  overwrite(line: string, { kept = false }: { readonly kept?: boolean } = {}): void {
    this.#stream().write(`\r${printable(line)}${csi}K${kept ? '\n' : ''}`)
  }

  /**
   * Says what takes so long. On a terminal the line comes after a second and goes when the work is done; elsewhere it comes after ten, and
   * stays: what reads it there may take any line for a complaint.
   */
  async meanwhile<T>(line: string, work: () => Promise<T>): Promise<T> {
    if (this.onlyProblems) return work()
    const { isLive } = this
    let said = false
    const say = () => {
      said = true
      if (isLive) this.overwrite(line)
      else this.print([line])
    }
    const timer = setTimeout(say, isLive ? 1000 : 10_000)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      if (said && isLive) this.overwrite('')
    }
  }

  showCursor(shown: boolean): void {
    this.#stream().write(`${csi}?25${shown ? 'h' : 'l'}`)
  }

  #shown(line: Line): string {
    return typeof line === 'string' ? printable(line) : line.map((part) => this.#part(part)).join('')
  }

  #part(part: Part): string {
    if (typeof part === 'string') return printable(part)
    return this.#colour && part.text !== '' ? `${csi}${part.colour}m${printable(part.text)}${csi}0m` : printable(part.text)
  }
}

export const standardOutput = new Output(() => process.stdout)
export const standardError = new Output(() => process.stderr)

let lost: NodeJS.ErrnoException | undefined

/** A reader that goes away, a terminal that is closed, a disk that is full: that ends the output, not what is computed. */
export function outliveReaders(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    lost ??= error
  })
}

/** Why not all that was printed is where it should be, when all has been tried; a reader that had enough is no reason. */
export async function whyOutputIsLost(): Promise<string | undefined> {
  await new Promise<void>(afterOutput)
  return lost === undefined || lost.code === 'EPIPE' ? undefined : lost.message
}

/** Calls `then` when all that was printed before has left this thread. */
export function afterOutput(then: () => void): void {
  process.stdout.write('', then)
}

/** What the user's code prints while `work` runs it in this process goes to the standard error, made printable. */
export async function printingAside<T>(work: () => Promise<T>): Promise<T> {
  const streams = [process.stdout, process.stderr]
  const { stderr } = process
  const write = stderr.write.bind(stderr)
  const aside = new Output(() => ({ write }))
  const own = streams.map((stream) => stream.write)
  for (const stream of streams)
    stream.write = (text: string | Uint8Array) => {
      aside.passOn(typeof text === 'string' ? text : Buffer.from(text).toString())
      return true
    }
  try {
    return await work()
  } finally {
    for (const [i, stream] of streams.entries()) stream.write = own[i]!
  }
}
