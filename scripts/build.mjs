// Bundles the command, the worker, the threads that load and check files and the library that pipeline files import into dist/.
import { copyFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bundle, loading } from './bundle.ts'
import { writeDeclarations } from './declarations.mjs'
import { writeLicences } from './licences.mjs'

const root = new URL('..', import.meta.url).pathname
rmSync(`${root}dist`, { recursive: true, force: true })

const declarations = writeDeclarations(root)
const running = {
  cli: 'runtime/cli/entry.ts',
  worker: 'runtime/execution/local/main.ts',
  check: 'runtime/project/check/thread.ts',
  'row-thread': 'runtime/data/row-thread.ts',
}
const inputs = await Promise.all([running, loading].map((entries) => bundle(entries, 'dist', true)))
writeLicences(root, [...new Set(inputs.flat())])

// The portable engine looks for it beside the bundle.
const wasm = 'tfjs-backend-wasm-simd.wasm'
copyFileSync(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), wasm), join(root, 'dist', wasm))

// Of another process; the slower of the two is waited for.
await declarations
