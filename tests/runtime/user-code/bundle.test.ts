import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadPipelines } from '../../../runtime/project/load/loader.ts'
import { digestOf } from '../../../runtime/store/address.ts'
import { type Bundle, packBundle, sourceIn, unpackBundle } from '../../../runtime/user-code/bundle.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const repository = join(import.meta.dirname, '../../..')

/** A class, a constant that a compiler would fold, `undefined`, JSON, a helper outside of the project, packages found through links. */
const files = {
  'project/package.json': '{ "type": "module", "imports": { "#half": "./half.ts" } }',
  'project/half.ts': 'export const half = (x: number): number => x / 2\n',
  'project/scale.json': '{ "by": 3 }',
  'project/deep/a.pipeline.ts': `
import { digits, lenet300, params, sgd, stage, task } from 'espalier'
import { clamp, Limit } from 'tiny-math'
import { half } from '#half'
import { none } from '../../shared/none.ts'
import scale from '../scale.json' with { type: 'json' }

const { by } = params({ by: 1 })
class Scaler { static zero = 0; #by = scale.by; of(x: number) { return x * this.#by + Scaler.zero } }
const limit = new Limit(2)
const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 })
export default train().pipe(stage('own', ({ weights }) => {
  const label = 'a' + 'b'
  if (none(label)) return weights
  return new Map([...weights].map(([name, values]) => [name, values.map((v: number) => clamp(new Scaler().of(half(v) * by), limit.most))]))
}))
`,
  'shared/none.ts': 'export const none = (x: unknown) => x === undefined\n',
  'pnpm/tiny-math@1.2.3/node_modules/tiny-math/package.json':
    '{ "name": "tiny-math", "version": "1.2.3", "type": "module", "exports": "./index.js" }',
  'pnpm/tiny-math@1.2.3/node_modules/tiny-math/index.js':
    "import least from 'old-least'\nexport const clamp = (x, most) => least(x, most)\nexport class Limit { constructor(most) { this.most = most } }\n",
  'pnpm/tiny-math@1.2.3/node_modules/tiny-math/unused.js': 'export {}\n',
  'project/node_modules/old-least/package.json': '{ "name": "old-least", "version": "0.1.0" }',
  'project/node_modules/old-least/index.js': "const { min } = require('./lib')\nmodule.exports = min\n",
  'project/node_modules/old-least/lib.js': 'exports.min = Math.min\n',
}

const params = new Map([['by', '2']])
const load = (file: string, store: string) => loadPipelines({ file, target: undefined }, { store, seconds: 60 }, params)
const sourceOf = (folder: string) => ({
  file: join(folder, 'project/deep/a.pipeline.ts'),
  target: 'default',
  params: { by: '2' },
  project: join(folder, 'project'),
})

/** @returns what stands for it in keys */
async function fingerprint(file: string): Promise<string> {
  const { functions } = await load(file, join(await temporaryFolder(), '.espalier'))
  return [...functions.keys()].join()
}

async function written(more: { readonly [name: string]: string } = {}): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries({ ...files, ...more })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const modules = join(folder, 'project/node_modules')
  symlinkSync(join(folder, 'pnpm/tiny-math@1.2.3/node_modules/tiny-math'), join(modules, 'tiny-math'))
  mkdirSync(join(folder, 'pnpm/tiny-math@1.2.3/node_modules'), { recursive: true })
  symlinkSync(join(modules, 'old-least'), join(folder, 'pnpm/tiny-math@1.2.3/node_modules/old-least'))
  symlinkSync(repository, join(modules, 'espalier'))
  return folder
}

async function packed(folder: string): Promise<Bundle> {
  return packBundle(sourceOf(folder), (await load(sourceOf(folder).file, join(folder, '.espalier'))).code)
}

/** Of two files, nothing loaded. */
async function small(): Promise<Bundle> {
  const root = await written()
  return packBundle(sourceOf(root), { files: [sourceOf(root).file, join(root, 'project/half.ts')], imports: [] })
}

test('on another machine the functions of a bundle mean what they meant here, though nothing of here is left', async () => {
  const away = join(await temporaryFolder(), 'code')
  const gone = await written()
  const before = await fingerprint(sourceOf(gone).file)
  const { content, digest, source } = await packed(gone)
  rmSync(gone, { recursive: true })
  unpackBundle(content, digest, away)
  unpackBundle(content, digest, away)
  expect(sourceIn(away, source).params).toEqual({ by: '2' })
  expect(before).toMatch(/^[0-9a-f]{64}$/)
  expect(await fingerprint(sourceIn(away, source).file)).toBe(before)
}, 60_000)

test('a bundle has what was loaded and nothing else: the same for the same code wherever it lies, another one for other code', async () => {
  const [one, same] = [await written(), await written()]
  const other = await written({ 'project/half.ts': 'export const half = (x: number): number => x / 3\n' })
  const { digest } = await packed(one)
  expect((await packed(same)).digest).toBe(digest)
  expect((await packed(other)).digest).not.toBe(digest)
  const { code } = await load(sourceOf(one).file, join(one, '.espalier'))
  expect(code.files.map((file) => file.slice(one.length + 1))).toEqual([
    'pnpm/tiny-math@1.2.3/node_modules/tiny-math/index.js',
    'project/deep/a.pipeline.ts',
    'project/half.ts',
    'project/node_modules/old-least/index.js',
    'project/node_modules/old-least/lib.js',
    'project/scale.json',
    'shared/none.ts',
  ])
}, 60_000)

test('a native package is refused with its file, and so is code that is too large', async () => {
  const root = await written()
  const native = join(root, 'project/node_modules/fast/build/fast.node')
  expect(() => packBundle(sourceOf(root), { files: [sourceOf(root).file, native], imports: [] })).toThrow(
    /loads a native package[\s\S]*fast\.node/,
  )
  const noise = join(root, 'project/noise.ts')
  writeFileSync(noise, randomBytes(9e6))
  expect(() => packBundle(sourceOf(root), { files: [noise], imports: [] })).toThrow(/too large to be sent[\s\S]*files +2/)
})

const leaves = JSON.stringify({ format: 'espalier/bundle/1', files: [{ path: 'a/../../b', text: '' }], links: [] })

test.for([
  ['another content than its address says', (content: Uint8Array) => content, 'sha256:'.padEnd(71, '0')],
  ['no archive', () => Buffer.from('{}'), undefined],
  ['no bundle', () => gzipSync('{}'), digestOf(Buffer.from('{}'))],
  ['a path that leads out of it', () => gzipSync(leaves), digestOf(Buffer.from(leaves))],
] as const)('nothing is unpacked of %s', async ([, change, digest]) => {
  const [folder, bundle] = [join(await temporaryFolder(), 'code'), await small()]
  expect(() => unpackBundle(change(bundle.content), digest ?? bundle.digest, folder)).toThrow(/is not what its address says/)
  expect(() => unpackBundle(bundle.content, bundle.digest, folder)).not.toThrow()
})
