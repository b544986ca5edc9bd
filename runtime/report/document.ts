/** A self-contained HTML page: it opens from disk, makes no network requests, and runs only its own script. */
import { createHash } from 'node:crypto'
import { type Html, html, type Part } from '../format/html.ts'

export interface PageContent {
  readonly title: string
  readonly style: string
  readonly body: Html
  readonly script?: string
}

/** Deterministic: the same content gives the same bytes. */
export function pageOf({ title, style, body, script }: PageContent): string {
  // The script's strings may contain `</script` and `<!--`.
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

/** A table; the first column contains row headers. */
export const table = (head: readonly string[], rows: readonly (readonly Part[])[], kind = 'list'): Html =>
  html`<div class="scroll"><table class="${kind}"><thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${rows.map(
    ([name, ...cells]) => html`<tr><th scope="row">${name ?? ''}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
