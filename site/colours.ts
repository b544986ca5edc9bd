/** Colours of code as classes: a style on every word would be a sixth of the site. The theme's stylesheet has a rule for each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MarkdownOptions } from 'vitepress'

const sheet = readFileSync(join(import.meta.dirname, '.vitepress/theme/style.css'), 'utf8')
/** By the colour on a light page. */
const classes = new Map(
  [...sheet.matchAll(/^\.(code-\d+) \{\s+--shiki-light: (#\w+);/gm)].map(([, name = '', light = '']) => [light, name]),
)

/** The colour of what has none of its own, which the block says once. */
const usual = '#0e1116'

/** Throws for a colour that has no rule. */
export const coloursAsClasses: NonNullable<MarkdownOptions['codeTransformers']>[number] = {
  name: 'colours as classes',
  span({ properties }) {
    const light = /--shiki-light:(#\w+)/.exec(String(properties.style))?.[1]?.toLowerCase()
    if (light === undefined) return
    const name = classes.get(light)
    if (name === undefined && light !== usual) throw new Error(`site/.vitepress/theme/style.css has no class for code in ${light}.`)
    delete properties.style
    if (name !== undefined) properties.class = name
  },
}
