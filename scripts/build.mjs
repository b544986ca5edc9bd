// Bundles the command, the worker, the threads that load and check files, and the library that pipeline files import, into dist/.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fromCommand } from 'effect/cli/Completions'
import { espalier } from '../runtime/cli/commands.ts'
import { shells } from '../runtime/cli/completion/shells.ts'
import { bundle, bundlePage, bundleReport, loading } from './bundle.ts'
import { writeDeclarations } from './declarations.mjs'
import { writeDigits } from './digits.mjs'
import { writeLicences } from './licences.mjs'

const root = new URL('..', import.meta.url).pathname
rmSync(`${root}dist`, { recursive: true, force: true })

const declarations = writeDeclarations(root)
const running = {
  cli: 'runtime/cli/entry.ts',
  worker: 'runtime/execution/local/main.ts',
  'slurm-job': 'runtime/execution/slurm/main.ts',
  check: 'runtime/project/check/thread.ts',
  'row-thread': 'runtime/data/row-thread.ts',
}
const inputs = await Promise.all([
  ...[running, loading].map((entries) => bundle(entries, 'dist', true)),
  bundlePage('dist/ui'),
  bundleReport('dist/report'),
])
copyFileSync(`${root}runtime/page/icon.svg`, `${root}dist/ui/icon.svg`)
writeLicences(root, [...new Set(inputs.flat())])

// The portable engine looks for it beside the bundle.
const wasm = 'tfjs-backend-wasm-simd.wasm'
copyFileSync(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), wasm), join(root, 'dist', wasm))

writeDigits(join(root, 'dist', 'data'))
writeFileSync(join(root, 'dist', 'data', 'moby-dick.txt.gz'), gzipSync(readFileSync(join(root, 'data', 'moby-dick.txt')), { level: 9 }))

// Read by shells, and by the command that answers them.
mkdirSync(join(root, 'dist', 'completion'))
writeFileSync(join(root, 'dist/completion/commands.json'), JSON.stringify(fromCommand(espalier)))
for (const shell of shells)
  copyFileSync(join(root, 'runtime/cli/completion', `espalier.${shell}`), join(root, 'dist/completion', `espalier.${shell}`))

// Needed to draw figures.
const { resolve } = createRequire(import.meta.url)
copyFileSync(resolve('@resvg/resvg-wasm/index_bg.wasm'), join(root, 'dist', 'resvg.wasm'))
const fonts = dirname(resolve('@fontsource/source-sans-3/package.json'))
mkdirSync(join(root, 'dist', 'fonts', 'files'), { recursive: true })
copyFileSync(join(fonts, 'unicode.json'), join(root, 'dist', 'fonts', 'unicode.json'))
for (const part of ['latin', 'latin-ext', 'greek', 'cyrillic'])
  for (const format of ['woff', 'woff2']) {
    const file = `source-sans-3-${part}-400-normal.${format}`
    copyFileSync(join(fonts, 'files', file), join(root, 'dist', 'fonts', 'files', file))
  }

// Runs in another process, concurrently.
await declarations
