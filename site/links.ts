/** Links of pages, which are written as files of the repository see each other, as the site needs them. */
import { dirname, posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { fileOf, pageOf } from './pages.ts'

/** A link out of the site becomes its text. */
export function linksWithinTheSite(md: MarkdownRenderer): void {
  md.core.ruler.push('links-within-the-site', ({ tokens, env }) => {
    const page: string = env.relativePath
    const folder = dirname(fileOf(page))
    const moved = (to: string): string | undefined => {
      if (/^([a-z]+:|#|\/)/.test(to)) return to
      const [path = '', anchor] = to.split('#')
      const target = pageOf(posix.join(folder, path))
      return target && `./${posix.relative(dirname(page), target)}${anchor === undefined ? '' : `#${anchor}`}`
    }
    for (const { children } of tokens) {
      const left: boolean[] = []
      for (const token of children ?? []) {
        if (token.type === 'image') token.attrSet('src', moved(token.attrGet('src')!)!)
        if (token.type === 'link_open') {
          const to = moved(token.attrGet('href')!)
          left.push(to !== undefined)
          if (to !== undefined) token.attrSet('href', to)
        }
        const leadsOut = token.type.startsWith('link_') && left.at(-1) === false
        if (token.type === 'link_close') left.pop()
        if (leadsOut) Object.assign(token, { type: 'text', tag: '', content: '', nesting: 0 })
      }
    }
  })
}
