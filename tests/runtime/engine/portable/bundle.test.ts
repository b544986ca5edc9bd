import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const binary = 'tfjs-backend-wasm-simd.wasm'
const source = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), binary)
const root = fileURLToPath(new URL('../../../..', import.meta.url))
let folder: string

/** What a bundle that opens the engine and multiplies prints, run where no package is installed. */
const run = () => {
  try {
    return execFileSync(process.execPath, [join(folder, 'open.js')], { encoding: 'utf8', cwd: folder, stdio: 'pipe' }).trim()
  } catch (cause) {
    return (cause as { stderr: string }).stderr
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-bundle-'))
  await build({
    stdin: {
      resolveDir: root,
      loader: 'ts',
      contents: `import { openPortable } from './runtime/engine/portable/engine.ts'
        const { tf } = await openPortable()
        console.log(tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]), false, true).dataSync().join(' '))`,
    },
    outfile: join(folder, 'open.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    keepNames: true,
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'silent',
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('bundled', () => {
  it('the engine opens with its file beside the bundle', () => {
    copyFileSync(source, join(folder, binary))
    expect(existsSync(join(folder, 'node_modules'))).toBe(false)
    expect(run()).toBe('3 3 3 3')
  })

  it('a truncated file is named', () => {
    copyFileSync(source, join(folder, binary))
    truncateSync(join(folder, binary), 1000)
    expect(run()).toContain(`WebAssembly file is damaged`)
  })

  it('a missing file is named with the places looked in', () => {
    rmSync(join(folder, binary))
    const message = run()
    expect(message).toContain('has no WebAssembly file')
    expect(message).toContain(folder)
  })
})
