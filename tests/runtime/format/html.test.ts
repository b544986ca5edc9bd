import { expect, test } from 'vitest'
import { html } from '../../../runtime/format/html.ts'

test('texts are escaped, what was made here is not, and what could not be seen is shown as it is elsewhere', () => {
  const hostile = '<script>"&\'</script>\u202e\u0007'
  const { html: text } = html`<p title="${hostile}">${hostile}${[1, html`<b>${'x'}</b>`]}</p>`
  const escaped = '&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;��'
  expect(text).toBe(`<p title="${escaped}">${escaped}1<b>x</b></p>`)
  expect(html`a${'1\n2'}b`.html).toBe('a1\n2b')
})
