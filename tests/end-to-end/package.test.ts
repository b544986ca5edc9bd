/** The package as npm makes it, installed with nothing but what it declares. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'acorn'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
const app = join(folder, 'app')
const installed = join(app, 'node_modules/espalier')
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: { [name: string]: string } }
let files: readonly string[] = []

const sh = (command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, CI: '1', ...env } })
  if (error) throw error
  return { status, stdout, stderr }
}
const espalier = (...args: readonly string[]) => sh(process.execPath, [join(installed, 'dist/cli.js'), ...args], app)

beforeAll(() => {
  const { stdout, stderr } = sh('npm', ['pack', '--json', '--pack-destination', folder], root)
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  if (packed === undefined) throw new Error(stderr)
  files = packed.files.map(({ path }) => path)
  mkdirSync(installed, { recursive: true })
  sh('tar', ['xf', join(folder, packed.filename), '-C', installed, '--strip-components', '1'], folder)
  // What `npm install` would fetch. What is not declared is not there.
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(app, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the package holds the build, its declarations, licences, the README and the pages that help names, and nothing else', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'docs/commands.md',
      'package.json',
      ...['cli', 'worker', 'isolated', 'check', 'index'].map((name) => `dist/${name}.js`),
      'dist/tfjs-backend-wasm-simd.wasm',
      'dist/types/stdlib/index.d.ts',
      'dist/THIRD-PARTY.txt',
    ]),
  )
  expect(
    files.filter(
      (path) =>
        !/^(dist\/.*\.(js|wasm|d\.ts|txt)|dist\/fonts\/.*\.(woff2?|json)|dist\/(ui|report)\/.*\.(html|css|svg)|dist\/completion\/(espalier\.(bash|zsh|fish)|commands\.json)|docs\/([a-z-]+\/)?[a-z-]+\.md|dist\/data\/(digits-(images|labels)-idx\d-ubyte|moby-dick\.txt)\.gz|LICENSE|README\.md|package\.json)$/.test(
          path,
        ),
    ),
  ).toEqual([])
})

test('what is bundled is told with its licence', () => {
  const told = readFileSync(join(installed, 'dist/THIRD-PARTY.txt'), 'utf8')
  for (const line of ['@tensorflow/tfjs-node-gpu 4.22.0: Apache-2.0', '@tensorflow/tfjs-core 4.22.0: Apache-2.0', 'effect 4.1.0: MIT'])
    expect(told).toContain(`\n${line}`)
  expect(told).toContain('Permission is hereby granted')
})

/** What a file imports by name: at once, or when it is needed. */
function importsOf(file: string): { readonly name: string; readonly later: boolean }[] {
  const found: { name: string; later: boolean }[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, source } = node as { readonly type?: string; readonly source?: { readonly value?: unknown } | null }
    if (/^(Import|Export)/.test(type ?? '') && typeof source?.value === 'string')
      found.push({ name: source.value, later: type === 'ImportExpression' })
    for (const inside of Object.values(node)) visit(inside)
  }
  visit(parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }))
  return found
}

const built = () => readdirSync(join(installed, 'dist')).filter((name) => name.endsWith('.js'))

test('all that the build imports is bundled, declared or part of Node', () => {
  const imported = built().flatMap((name) => importsOf(join(installed, 'dist', name)))
  expect(imported.length).toBeGreaterThan(300)
  const foreign = imported.filter(({ name }) => !name.startsWith('.') && !isBuiltin(name)).map(({ name }) => name.split('/')[0]!)
  expect(foreign.length).toBeGreaterThan(2)
  expect(foreign.filter((name) => !(name in dependencies))).toEqual([])
})

test('all that the build imports when it is needed can be imported where it is installed', () => {
  // What begins the command begins it.
  const later = built().flatMap((from) => (from === 'cli.js' ? [] : importsOf(join(installed, 'dist', from)).filter((one) => one.later)))
  const names = [...new Set(later.map(({ name }) => name))].filter((name) => !isBuiltin(name))
  expect(names.length).toBeGreaterThan(60)
  const script = `for (const name of ${JSON.stringify(names)}) try { await import(name) } catch (cause) { console.log(name, cause) }; process.exit()`
  writeFileSync(join(installed, 'dist/imports.mjs'), script)
  expect(sh(process.execPath, ['dist/imports.mjs'], installed)).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('espalier init makes a project that two compilers and espalier itself accept, and that plans', () => {
  expect(espalier('init')).toMatchObject({ status: 0, stderr: '' })
  const compile = (compiler: string, ...more: readonly string[]) =>
    sh(process.execPath, [join(root, 'node_modules', compiler, 'bin/tsc'), '-p', '.', ...more], app)
  const right = { status: 0, stdout: '', stderr: '' }
  expect(compile('typescript', '--skipLibCheck', 'false')).toEqual(right)
  expect(compile('typescript-5.9')).toEqual(right)
  // What a browser has is not offered by an editor.
  writeFileSync(join(app, 'browser.ts'), 'export const title = document.title\n')
  for (const compiler of ['typescript', 'typescript-5.9']) expect(compile(compiler).stdout).toMatch(/^browser\.ts\(1,22\): error TS2584: /)
  rmSync(join(app, 'browser.ts'))
  const { status, stdout, stderr } = espalier('plan', 'first.pipeline.ts')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^18 stages: /)
})

/** What is there before, by path, and the folder that the starter goes to. */
const projects: readonly (readonly [string, { readonly [file: string]: object }, string])[] = [
  ['no package.json', {}, '.'],
  ['a package.json without type', { 'package.json': { name: 'a' } }, '.'],
  ['a package of CommonJS', { 'package.json': { name: 'a', type: 'commonjs' } }, '.'],
  [
    'a monorepo with a tsconfig.json of its own',
    {
      'package.json': { name: 'a', private: true, workspaces: ['packages/*'] },
      'tsconfig.json': { compilerOptions: { module: 'commonjs' } },
    },
    'packages/study',
  ],
]

test.each(projects)('espalier init in a folder with %s: two compilers find no error, and it plans', (name, there, inner) => {
  const project = join(folder, name.replaceAll(' ', '-'))
  mkdirSync(project)
  symlinkSync(join(app, 'node_modules'), join(project, 'node_modules'))
  for (const [file, content] of Object.entries(there)) writeFileSync(join(project, file), JSON.stringify(content))
  const starter = join(project, inner)
  const run = (...args: readonly string[]) => sh(process.execPath, [join(installed, 'dist/cli.js'), ...args], starter)
  expect(sh(process.execPath, [join(installed, 'dist/cli.js'), 'init', inner], project)).toMatchObject({ status: 0, stderr: '' })
  const first = readdirSync(starter).find((file) => /^first\.pipeline\.m?ts$/.test(file))!
  for (const compiler of ['typescript', 'typescript-5.9'])
    expect(sh(process.execPath, [join(root, 'node_modules', compiler, 'bin/tsc'), '-p', '.'], starter)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    })
  expect(run('plan', first, '--no-check').stdout).toMatch(/^18 stages: /)
})

test('espalier init from a folder that is not installed names that folder: its version may be unpublished', () => {
  const project = join(folder, 'linked')
  expect(sh(process.execPath, [join(root, 'dist/cli.js'), 'init', project], folder)).toMatchObject({ status: 0 })
  expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({ dependencies: { espalier: `file:${root}` } })
  expect(sh('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], project)).toMatchObject({ status: 0 })
  expect(sh(join(project, 'node_modules/.bin/espalier'), ['plan', 'first.pipeline.ts', '--no-check'], project).stdout).toMatch(
    /^18 stages: /,
  )
})

test('espalier init offers the library where it is not there', () => {
  const env = { XDG_CACHE_HOME: join(folder, 'no-cache'), PATH: dirname(process.execPath) }
  const { stdout } = sh(process.execPath, [join(installed, 'dist/cli.js'), 'init', 'without-library'], folder, env)
  expect(stdout).toMatch(
    /\nThe TensorFlow library .*\n\nNext: .* && npx espalier engine install && npx espalier run first\.pipeline\.ts\n$/,
  )
})

test('its types are those of the language: a wrong order is refused with its sentence, tensors are known', () => {
  writeFileSync(
    join(app, 'wrong.pipeline.ts'),
    `import { adam, digits, lenet300, loss, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export const mine = loss(({ tf, student, labels }) => tf.losses.softmaxCrossEntropy(labels, student).asScalar().nothing())
export default train().prune(0.9).rewind().finetune()
`,
  )
  const { status, stdout, stderr } = espalier('plan', 'wrong.pipeline.ts')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('The pipeline file has 2 type errors.')
  expect(stderr).toMatch(/wrong\.pipeline\.ts:3:113\n {2}error +Property 'nothing' does not exist on type 'Scalar'\./)
  expect(stderr).toMatch(/wrong\.pipeline\.ts:4:44\n {2}error +finetune\(\) continues from trained weights/)
  expect(espalier('plan', 'wrong.pipeline.ts', '--no-check').stderr).not.toContain('type errors')
})

test('it fetches data: what talks to the hub is installed with it', () => {
  const { status, stderr } = sh(process.execPath, [join(installed, 'dist/cli.js'), 'data', 'fetch', 'toys/shapes'], app, {
    HF_ENDPOINT: 'http://127.0.0.1:9',
    ESPALIER_DATA: join(folder, 'data'),
  })
  expect(status).toBe(2)
  expect(stderr).toContain('The data set toys/shapes could not be downloaded from http://127.0.0.1:9.')
})

test.each(['auto', 'portable'])('it computes: --engine %s', (engine) => {
  writeFileSync(
    join(app, 'small.pipeline.ts'),
    `import { adam, digits, lenet300, task } from 'espalier'
const { init } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export default init().prune(0.5)
`,
  )
  const { status, stdout, stderr } = espalier('run', 'small.pipeline.ts', '--engine', engine, '--store', engine)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/3 stages · 3 run/)
})
