/** A library with companions, as the CUDA build has them. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type InstallProgress, installTensorFlow } from '../../../../runtime/engine/install/install.ts'
import { downloadBytes, tensorflowCpu, tensorflowCuda } from '../../../../runtime/engine/library.ts'
import { filesIn, libraryFolder, libraryIn } from '../../../../runtime/engine/locate.ts'
import { EngineProblem } from '../../../../runtime/engine/problems.ts'
import { type Index, startIndex } from './index-server.ts'

let index: Index
let folder: string
let installation: string
beforeAll(async () => {
  index = await startIndex()
})
afterAll(() => index.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-companions-'))
  installation = join(folder, 'cache', 'tensorflow-cuda')
})
afterEach(() => {
  index.reset()
  rmSync(folder, { recursive: true })
})

const install = (onProgress?: (progress: InstallProgress) => void, signal?: AbortSignal) =>
  installTensorFlow({ directory: installation, library: index.withCompanion, env: index.env, ...(signal && { signal }) }, onProgress)
const state = () => libraryIn(join(installation, 'probe'), index.withCompanion)
const files = () =>
  readdirSync(installation, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installation.length + 1))
    .sort()

it('is unpacked as its wheels have it, so that the libraries find each other: what runs, and no more', async () => {
  const told: InstallProgress[] = []
  expect(await install((progress) => told.push(progress))).toEqual({ directory: join(installation, 'probe'), already: false })
  expect(files()).toEqual([
    'contents.json',
    'nvidia/part/bin/tool',
    'nvidia/part/lib/libpart.so.9',
    'probe/libone.so.2',
    'probe/libtwo.so.2',
  ])
  expect(existsSync(join(folder, 'outside'))).toBe(false)
  expect(statSync(join(installation, 'nvidia/part/bin/tool')).mode & 0o111).toBe(0o111)
  expect(statSync(join(installation, 'nvidia/part/lib/libpart.so.9')).mode & 0o111).toBe(0)
  expect(await state()).toBe('whole')
  expect(readdirSync(join(folder, 'cache'))).toEqual(['tensorflow-cuda'])
  // Each phase counts over both wheels, up to its total.
  for (const phase of ['download', 'check', 'unpack']) {
    const bytes = told.filter((progress) => progress.phase === phase).map((progress) => progress.bytes)
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
    expect(bytes.at(-1)).toBe(told.findLast((progress) => progress.phase === phase)!.total)
  }
  expect(new Set(told.map(({ wheel, number, of }) => `${number}/${of} ${wheel}`))).toEqual(
    new Set(['1/2 espalier-probe==1.0', '2/2 espalier-companion==2.0']),
  )
  expect(await install()).toEqual({ directory: join(installation, 'probe'), already: true })
})

it('with a companion that is truncated or missing, or a damaged list of them, is not loaded, and installing it again repairs it', async () => {
  await install()
  const file = join(installation, 'nvidia/part/lib/libpart.so.9')
  for (const spoil of [() => truncateSync(file, 100), () => unlinkSync(file)]) {
    spoil()
    const found = await state()
    expect(found).toBeInstanceOf(EngineProblem)
    expect((found as EngineProblem).facts[0]).toEqual(['file', file])
  }
  writeFileSync(join(installation, 'contents.json'), '{')
  expect(await state()).toMatchObject({ kind: 'damaged' })
  expect(await install()).toMatchObject({ already: false })
  expect(await state()).toBe('whole')
})

it('whose second wheel is another one leaves nothing of the first', async () => {
  const other = Buffer.from(index.content.companion)
  other[other.length >> 1]! ^= 1
  index.content.companion = other
  await expect(install()).rejects.toThrow('espalier-companion==2.0')
  expect(readdirSync(join(folder, 'cache'))).toEqual([])
})

it('that is interrupted during the second wheel leaves nothing of the first', async () => {
  const controller = new AbortController()
  const interrupting = install(({ number }) => number === 2 && controller.abort(), controller.signal)
  await expect(interrupting).rejects.toThrow('The installation was interrupted; nothing was changed.')
  expect(readdirSync(join(folder, 'cache'))).toEqual([])
})

it('the CUDA build lies beside the processor’s, with its files where their paths to NVIDIA’s libraries begin', () => {
  const env = { XDG_CACHE_HOME: '/cache' }
  expect(filesIn(libraryFolder(env, tensorflowCuda), tensorflowCuda)).toBe('/cache/espalier/tensorflow-2.21.0-cuda/tensorflow')
  expect(filesIn(libraryFolder(env), tensorflowCpu)).toBe('/cache/espalier/tensorflow-2.21.0-cpu')
  expect(downloadBytes(tensorflowCuda)).toBe(3_379_082_848)
  for (const { requirement, sha256, bytes } of tensorflowCuda.companions) {
    expect(requirement).toMatch(/^nvidia-[a-z]+(-[a-z]+)?-cu12==\d+(\.\d+)+$/)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(bytes).toBeGreaterThan(1e6)
  }
})

const offline = { PATH: '/nowhere' }
const given = (wheels: string) => installTensorFlow({ directory: installation, library: index.withCompanion, env: offline, wheels })

it('is unpacked from given wheels too, without Python and without a network; the wheels stay as they are', async () => {
  const wheels = dirname(index.wheel)
  const before = readdirSync(wheels)
  expect(await given(wheels)).toEqual({ directory: join(installation, 'probe'), already: false })
  expect(await state()).toBe('whole')
  expect(readdirSync(wheels)).toEqual(before)
})

it('names every wheel that is not among the given ones before it does anything, and refuses one that is another', async () => {
  const wheels = join(folder, 'wheels')
  mkdirSync(wheels)
  copyFileSync(index.wheel, join(wheels, 'espalier_probe-1.0-py3-none-any.whl'))
  const lacking = (await given(wheels).catch((cause: unknown) => cause)) as EngineProblem
  expect(lacking.title).toBe('The folder lacks 1 of 2 wheels.')
  expect(Object.fromEntries(lacking.facts)).toEqual({ folder: wheels, missing: 'espalier-companion==2.0' })
  expect(lacking.hint).toMatch(/pip download .* espalier-companion==2\.0$/)
  writeFileSync(join(wheels, 'espalier_companion-2.0-py3-none-any.whl'), 'something else')
  await expect(given(wheels)).rejects.toThrow('The wheel is not the one Espalier was made for.')
  await expect(given(join(folder, 'nowhere'))).rejects.toThrow('The folder of wheels cannot be read.')
  expect(existsSync(installation)).toBe(false)
})
