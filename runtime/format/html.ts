/** HTML in which every text is escaped, unless it was made here. */
import { printable } from './printable.ts'

export interface Html {
  readonly html: string
}

/** What may stand in a template. */
export type Part = string | number | Html | readonly Part[]

const entities: { readonly [sign: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A template: what stands in it is text, or HTML made by another one. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.reduce((all, text, i) => all + partText(parts[i - 1]!) + text),
})

function partText(part: Part): string {
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(partText).join('')
  return escapedText(String(part))
}

/** Signs that would be obeyed, and those that could not be seen, are shown as they are elsewhere. */
const escapedText = (text: string): string =>
  text
    .split('\n')
    .map(printable)
    .join('\n')
    .replaceAll(/[&<>"']/g, (sign) => entities[sign]!)
