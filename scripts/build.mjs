// Bundles the command, the worker, the threads that load and check files and the library that pipeline files import into dist/.
// One run with code splitting: shared code is written once, and heavy parts stay in chunks that load on demand.
import { copyFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { writeDeclarations } from './declarations.mjs'
import { writeLicences } from './licences.mjs'

const root = new URL('..', import.meta.url).pathname
rmSync(`${root}dist`, { recursive: true, force: true })

const declarations = writeDeclarations(root)
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    cli: 'runtime/cli/entry.ts',
    worker: 'runtime/execution/local/main.ts',
    isolated: 'runtime/project/load/isolated.ts',
    check: 'runtime/project/check/thread.ts',
    'row-thread': 'runtime/data/row-thread.ts',
    index: 'stdlib/index.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: true,
  // Functions and classes keep their names: they appear in error messages.
  keepNames: true,
  // Found from here at run time, and large: only what needs them loads them.
  external: ['koffi', 'ts-morph', '@ts-morph/common', 'sharp', '@huggingface/hub'],
  // CommonJS parts of tfjs ask for require(), which an ES module has to make itself.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
})
writeLicences(root, Object.keys(metafile.inputs))

// The portable engine looks for it beside the bundle.
const wasm = 'tfjs-backend-wasm-simd.wasm'
copyFileSync(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), wasm), join(root, 'dist', wasm))

// Of another process; the slower of the two is waited for.
await declarations
