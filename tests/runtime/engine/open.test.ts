import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tensorflowVersion } from '../../../runtime/engine/library.ts'
import { locateTensorFlow } from '../../../runtime/engine/locate.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const [cc, framework] = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const
/** The machine's own library. */
let library: string
let folder: string

/** Opens the engine, multiplies, and prints one line. A library that ends its process ends only this one. */
const program = `
import { openEngine } from './runtime/engine/open.ts'
try {
  const engine = await openEngine({ threads: 1 })
  const { tf, numerics } = engine
  console.log([...tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]), false, true).dataSync(), numerics.version, numerics.threads].join(' '))
} catch (problem) {
  console.log(problem._tag, problem.kind)
  console.log(problem.message)
}`
let bundle: string

beforeAll(async () => {
  library = (await locateTensorFlow()).directory
  folder = mkdtempSync(join(tmpdir(), 'espalier-open-'))
  bundle = join(folder, 'open.js')
  // koffi stays outside, as in the build of the package.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  await build({
    stdin: { resolveDir: root, loader: 'ts', contents: program },
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    keepNames: true,
    external: ['koffi'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the bundled program with these settings and no others of ours. */
function open(settings: NodeJS.ProcessEnv) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(XDG_CACHE_HOME|ESPALIER_|TF_)/.test(key)))
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [bundle], {
    env: { ...own, ...settings },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, signal, stdout, stderr }
}

/** A new folder with these files: a link to the whole one, or a copy of its first bytes. */
function folderWith(name: string, files: { readonly [file: string]: 'whole' | number }): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  for (const [file, bytes] of Object.entries(files)) {
    if (bytes === 'whole') symlinkSync(join(library, file), join(path, file))
    else {
      const start = Buffer.alloc(bytes)
      const source = openSync(join(library, file), 'r')
      readSync(source, start, 0, bytes, 0)
      closeSync(source)
      writeFileSync(join(path, file), start)
    }
  }
  return path
}

const answer = { status: 0, signal: null, stdout: `3 3 3 3 ${tensorflowVersion} 1\n`, stderr: '' }

describe('the engine, bundled, in a process of its own', () => {
  it('opens the library named in ESPALIER_TENSORFLOW, and is quiet', () => {
    expect(open({ ESPALIER_TENSORFLOW: library })).toEqual(answer)
  })

  it('opens the library in the cache folder', () => {
    folderWith(`cache/espalier/tensorflow-${tensorflowVersion}-cpu`, { [cc]: 'whole', [framework]: 'whole' })
    expect(open({ XDG_CACHE_HOME: join(folder, 'cache') })).toEqual(answer)
  })

  it("opens the library of the active Python's tensorflow", () => {
    const site = join(folder, 'site')
    folderWith('site/tensorflow', { [cc]: 'whole', [framework]: 'whole' })
    // A package that cannot be imported: it is looked for, not loaded.
    writeFileSync(join(site, 'tensorflow', '__init__.py'), 'raise SystemExit("imported")')
    expect(open({ PYTHONPATH: site, XDG_CACHE_HOME: join(folder, 'none') })).toEqual(answer)
  })

  it('with no library anywhere names the places and the command', () => {
    const { status, stdout } = open({ XDG_CACHE_HOME: join(folder, 'none'), PYTHONPATH: '' })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^EngineProblem not-installed\n/)
    expect(stdout).toContain(join(folder, 'none', 'espalier', `tensorflow-${tensorflowVersion}-cpu`))
    expect(stdout).toContain('active Python')
    expect(stdout).toContain('espalier engine install')
  })

  it('with an empty folder in ESPALIER_TENSORFLOW looks nowhere else', () => {
    const { status, stdout } = open({ ESPALIER_TENSORFLOW: folderWith('empty', {}), XDG_CACHE_HOME: join(folder, 'cache') })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^EngineProblem not-installed\n/)
    expect(stdout).toContain(join(folder, 'empty'))
  })

  it.each([
    [cc, '1048576 bytes', '788086608 bytes', { [cc]: 2 ** 20, [framework]: 'whole' }],
    [framework, '1048576 bytes', '65222328 bytes', { [cc]: 'whole', [framework]: 2 ** 20 }],
    [framework, 'missing', '65222328 bytes', { [cc]: 'whole' }],
  ] as const)('refuses a library whose %s is %s instead of crashing on it', (file, found, expected, files) => {
    const path = folderWith(`damaged-${file}-${found.split(' ')[0]}`, files)
    const { status, signal, stdout } = open({ ESPALIER_TENSORFLOW: path })
    expect({ status, signal }).toEqual({ status: 0, signal: null })
    expect(stdout).toMatch(/^EngineProblem damaged\n/)
    for (const part of [join(path, file), found, expected, 'espalier engine install']) expect(stdout).toContain(part)
  })

  it('with a file of the right size and other content gives what the loader says', () => {
    const path = folderWith('garbage', { [cc]: 'whole' })
    writeFileSync(join(path, framework), Buffer.alloc(65_222_328, 'not a library'))
    const { status, signal, stdout } = open({ ESPALIER_TENSORFLOW: path })
    expect({ status, signal }).toEqual({ status: 0, signal: null })
    expect(stdout).toMatch(/^EngineProblem damaged\n/)
    expect(stdout).toContain('invalid ELF header')
  })
})
