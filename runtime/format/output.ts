/**
 * The only place that writes to standard output and standard error. Texts are made printable line by line; colours and cursor movements
 * are added afterwards.
 */
import { printable } from './printable.ts'

/** Plain text, or text with an SGR colour code (ECMA-48). */
export type Part = string | { readonly text: string; readonly colour: number }
export type Line = string | readonly Part[]

export interface Stream {
  write(text: string): unknown
  /** 0 or absent if the terminal does not report it. */
  readonly columns?: number
  readonly rows?: number
  readonly isTTY?: boolean
}

const csi = '\u001b['

export class Output {
  readonly #stream: () => Stream
  readonly #colour: boolean

  /** Suppresses notes about slow operations. */
  onlyProblems = false

  constructor(stream: () => Stream, { colour = (process.env.NO_COLOR ?? '') === '' }: { readonly colour?: boolean } = {}) {
    this.#stream = stream
    this.#colour = colour
  }

  /** Infinity for a file or a pipe, where nothing is truncated. */
  get columns(): number {
    return this.#stream().columns || (this.isTerminal ? 80 : Number.POSITIVE_INFINITY)
  }

  get rows(): number {
    return this.#stream().rows || 24
  }

  get isTerminal(): boolean {
    return this.#stream().isTTY === true
  }

  /** Whether lines can be redrawn. */
  get isLive(): boolean {
    const { TERM, CI } = process.env
    return this.isTerminal && TERM !== 'dumb' && ['', 'false', '0'].includes(CI ?? '')
  }

  print(lines: readonly Line[]): void {
    this.#stream().write(lines.map((line) => `${this.#shown(line)}\n`).join(''))
  }

  /** Tab-separated cells, for programs. */
  printTabbed(rows: readonly (readonly string[])[]): void {
    this.#stream().write(rows.map((cells) => `${cells.map(printable).join('\t')}\n`).join(''))
  }

  /** Passes on output of other code; a chunk may begin or end in the middle of a line. */
  passOn(text: string): void {
    this.#stream().write(text.split(/\r?\n/).map(printable).join('\n'))
  }

  /**
   * Redraws everything from `up` lines above, in one write.
   * @param afresh clears each line first, which may flicker: otherwise a terminal that has wrapped a line keeps treating it and the next as
   * one. The screen is not cleared as a whole, because some terminals then keep a copy in the scrollback
   */
  redraw(up: number, lines: readonly Line[], { afresh = false }: { readonly afresh?: boolean } = {}): void {
    const text = lines.map((line) => `${afresh ? `${csi}2K` : ''}${this.#shown(line)}${csi}K\n`).join('')
    this.#stream().write(`${up === 0 ? '' : `${csi}${up}A`}\r${text}${csi}J`)
  }

  /** Redraws the line of the cursor; the next call replaces it again unless it is `kept`. */
  overwrite(line: string, { kept = false }: { readonly kept?: boolean } = {}): void {
    this.#stream().write(`\r${printable(line)}${csi}K${kept ? '\n' : ''}`)
  }

  /**
   * Prints `line` if `work` takes long. On a terminal it appears after one second and is removed at the end; elsewhere it appears after ten
   * seconds and stays, since readers of a log may take any line for an error.
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

/** A closed pipe or terminal, or a full disk, ends the output but not the computation. */
export function outliveReaders(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    lost ??= error
  })
}

/** Waits for all output. @returns why some of it could not be written, except for closed pipes */
export async function whyOutputIsLost(): Promise<string | undefined> {
  await new Promise<void>(afterOutput)
  return lost === undefined || lost.code === 'EPIPE' ? undefined : lost.message
}

/** Calls `then` when all earlier output has left this thread. */
export function afterOutput(then: () => void): void {
  process.stdout.write('', then)
}

/** Redirects output of user code during `work` to standard error, made printable. */
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
