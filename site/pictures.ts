/** Sizes of the pictures on pages, so that a browser leaves their place free and text does not move when they arrive. */
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { fileOf } from './pages.ts'
import { root } from './root.ts'

/** Units of length in CSS pixels. */
const pixels: { readonly [unit: string]: number } = { '': 1, mm: 96 / 25.4 }

/** In CSS pixels. */
function sizeOf(file: string): { readonly width: number; readonly height: number } {
  const content = readFileSync(file)
  if (extname(file) === '.png') return { width: content.readUInt32BE(16), height: content.readUInt32BE(20) }
  const head = /<svg[^>]*>/.exec(content.toString())?.[0] ?? ''
  const side = (name: string): number => {
    const [, value = '', unit = ''] = new RegExp(` ${name}="([\\d.]+)(mm)?"`).exec(head) ?? []
    return Math.round(Number(value) * pixels[unit]!)
  }
  return { width: side('width'), height: side('height') }
}

/** To stand before the rule that moves links: it reads where a picture is in the repository. */
export function picturesWithSizes(md: MarkdownRenderer): void {
  md.core.ruler.push('pictures-with-sizes', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== 'image') continue
      const { width, height } = sizeOf(join(root, fileOf(env.relativePath), '..', token.attrGet('src')!))
      token.attrSet('width', String(width))
      token.attrSet('height', String(height))
    }
  })
}
