/** HTML in which every text is escaped, unless it was made here. */
import { printable } from '../format/printable.ts'

export interface Html {
  readonly html: string
}

type Part = string | number | Html | readonly Part[]

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

/** A table; the first column names its rows. */
export const table = (head: readonly string[], rows: readonly (readonly Part[])[], kind = 'list'): Html =>
  html`<div class="scroll"><table class="${kind}"><thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${rows.map(
    ([name, ...cells]) => html`<tr><th scope="row">${name ?? ''}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
