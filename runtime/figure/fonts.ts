/** Source Sans 3, in the parts that a figure's letters need; it is installed with the command, so that figures are the same everywhere. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Those that are beside the bundle. */
const parts = ['latin', 'latin-ext', 'greek', 'cyrillic'] as const

export interface FontPart {
  readonly name: string
  /** As in CSS: `U+0370-0377,U+037A`. */
  readonly range: string
  has(letter: string): boolean
  read(format: 'woff' | 'woff2'): Uint8Array
}

/** Latin letters first, always. */
export function fontsFor(text: string): FontPart[] {
  const folder = fontFolder()
  const ranges = JSON.parse(readFileSync(join(folder, 'unicode.json'), 'utf8')) as { readonly [part: string]: string }
  return parts
    .map((name): FontPart => {
      const range = ranges[name]!
      const within = numbersIn(range)
      return {
        name,
        range,
        has: (letter) => within.some(([first, last]) => letter.codePointAt(0)! >= first && letter.codePointAt(0)! <= last),
        read: (format) => readFileSync(join(folder, 'files', `source-sans-3-${name}-400-normal.${format}`)),
      }
    })
    .filter((part, i) => i === 0 || [...text].some((letter) => part.has(letter)))
}

const numbersIn = (range: string): (readonly [number, number])[] =>
  range.split(',').map((each) => {
    const [first, last = first] = each.replace('U+', '').split('-')
    return [Number.parseInt(first!, 16), Number.parseInt(last!, 16)]
  })

/** Beside the bundle, else the installed package. */
function fontFolder(): string {
  const beside = join(import.meta.dirname, 'fonts')
  return existsSync(beside) ? beside : dirname(createRequire(import.meta.url).resolve('@fontsource/source-sans-3/package.json'))
}
