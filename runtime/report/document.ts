/** A page in one file: it opens from a disk, asks the network for nothing, and runs no script but the one that it was made with. */
import { createHash } from 'node:crypto'
import { type Html, html, type Part } from '../format/html.ts'

export interface PageContent {
  readonly title: string
  readonly style: string
  readonly body: Html
  readonly script?: string
}

/** The same bytes for the same content. */
export function pageOf({ title, style, body, script }: PageContent): string {
  // What ends a script, or begins a comment in one, may stand in its texts.
  const code = script?.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
  const allowed = code === undefined ? "'none'" : `'sha256-${createHash('sha256').update(code).digest('base64')}'`
  const policy = `default-src 'none'; script-src ${allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`
  const parts = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ html: style.replaceAll('</style', '<\\/style') }}</style>
</head>
<body>
${body}
${code === undefined ? '' : { html: `<script>${code}</script>` }}
</body>
</html>
`
  return parts.html
}

/** A table; the first column names its rows. */
export const table = (head: readonly string[], rows: readonly (readonly Part[])[], kind = 'list'): Html =>
  html`<div class="scroll"><table class="${kind}"><thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${rows.map(
    ([name, ...cells]) => html`<tr><th scope="row">${name ?? ''}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
