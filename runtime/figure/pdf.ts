/** A figure as a page of its own size; of the fonts only the letters that it has are in the file. */
import PDFDocument from 'pdfkit'
import drawSvg from 'svg-to-pdfkit'
import { type SvgElement, svgElement } from './element.ts'
import type { FontPart } from './fonts.ts'
import type { Svg } from './layout.ts'

export async function pdfOf({ element, width, height }: Svg, fonts: readonly FontPart[], caption: string): Promise<Uint8Array> {
  // The date would make every file another one.
  const info = { Title: caption, Creator: 'espalier', CreationDate: new Date(0) }
  const page = new PDFDocument({ size: [width, height], margin: 0, info, font: '' })
  for (const part of fonts) page.registerFont(part.name, Buffer.from(part.read('woff')))
  const chunks: Uint8Array[] = []
  const ended = new Promise<void>((resolve, reject) => {
    page
      .on('data', (chunk: Uint8Array) => chunks.push(chunk))
      .on('end', resolve)
      .on('error', reject)
  })
  splitByFont(element, fonts)
  element.setAttribute('width', String(width))
  element.setAttribute('height', String(height))
  drawSvg(page, element.outerHTML, 0, 0, {
    width,
    height,
    assumePt: true,
    fontCallback: (family) => fonts.find(({ name }) => name === family)?.name ?? fonts[0]!.name,
  })
  page.end()
  await ended
  return Buffer.concat(chunks)
}

/** A PDF takes no second font for what the first one lacks: each stretch of letters gets its own element. */
function splitByFont(svg: SvgElement, fonts: readonly FontPart[]): void {
  if (fonts.length === 1) return
  for (const text of svg.querySelectorAll('text')) {
    const letters = [...(text.textContent ?? '')]
    const partOf = (letter: string) => fonts.find((part) => part.has(letter)) ?? fonts[0]!
    if (letters.every((each) => partOf(each) === fonts[0])) continue
    const runs: { readonly part: FontPart; letters: string }[] = []
    for (const each of letters) {
      const last = runs.at(-1)
      if (last?.part === partOf(each)) last.letters += each
      else runs.push({ part: partOf(each), letters: each })
    }
    text.replaceChildren(
      ...runs.map(({ part, letters: run }) => {
        const span = svgElement(svg, 'tspan')
        span.setAttribute('font-family', part.name)
        span.textContent = run
        return span
      }),
    )
  }
}
