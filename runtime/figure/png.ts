/** A figure as pixels, 300 for each inch. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import type { FontPart } from './fonts.ts'
import type { Svg } from './layout.ts'
import { fontFamily } from './theme.ts'

const perInch = 300
const binary = 'index_bg.wasm'

export async function pngOf({ element, width }: Svg, fonts: readonly FontPart[]): Promise<Uint8Array> {
  await started()
  const image = new Resvg(element.outerHTML, {
    fitTo: { mode: 'width', value: Math.round((width / 72) * perInch) },
    background: '#ffffff',
    font: { fontBuffers: fonts.map((part) => part.read('woff2')), defaultFontFamily: fontFamily, sansSerifFamily: fontFamily },
  })
  try {
    return image.render().asPng()
  } finally {
    image.free()
  }
}

let starting: Promise<void> | undefined
/** Once in a process. */
function started(): Promise<void> {
  const beside = join(import.meta.dirname, 'resvg.wasm')
  const file = existsSync(beside) ? beside : createRequire(import.meta.url).resolve(`@resvg/resvg-wasm/${binary}`)
  starting ??= initWasm(readFileSync(file))
  return starting
}
