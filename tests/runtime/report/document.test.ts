import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { html } from '../../../runtime/format/html.ts'
import { pageOf, table } from '../../../runtime/report/document.ts'

test('a table names its columns and rows', () => {
  expect(table(['a', 'b'], [['<1>', '2']], 'numbers').html).toBe(
    '<div class="scroll"><table class="numbers"><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><th scope="row">&lt;1&gt;</th><td>2</td></tr></tbody></table></div>',
  )
})

test('a page runs the script that it was made with and no other, and asks for nothing', () => {
  const page = pageOf({ title: '</title>', style: 'p{}</style>', body: html`<p>x</p>`, script: "const end = '</script><!--'" })
  const code = /<script>(.*)<\/script>\n/s.exec(page)![1]!
  // The same text for JavaScript.
  expect(code).toBe("const end = '<\\/script><\\!--'")
  const policy = /Content-Security-Policy" content="(.*?)"/.exec(page)![1]!
  expect(policy).toContain(`script-src &#39;sha256-${createHash('sha256').update(code).digest('base64')}&#39;`)
  expect(policy).toMatch(/^default-src &#39;none&#39;/)
  expect(page.split('</style>')).toHaveLength(2)
  expect(page.split('</title>')).toHaveLength(2)
  expect(pageOf({ title: 'a', style: '', body: html`` })).toContain('script-src &#39;none&#39;')
})
