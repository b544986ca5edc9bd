/** HTML templates that escape all interpolated strings. */
import { printable } from './printable.ts'

export interface Html {
  readonly html: string
}

/** Values allowed in a template. */
export type Part = string | number | Html | readonly Part[]

const entities: { readonly [sign: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Interpolated strings are escaped, HTML from other templates is inserted as is. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.reduce((all, text, i) => all + partText(parts[i - 1]!) + text),
})

function partText(part: Part): string {
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(partText).join('')
  return escapedText(String(part))
}

/** Replaces unprintable characters and escapes HTML. */
const escapedText = (text: string): string =>
  text
    .split('\n')
    .map(printable)
    .join('\n')
    .replaceAll(/[&<>"']/g, (sign) => entities[sign]!)
