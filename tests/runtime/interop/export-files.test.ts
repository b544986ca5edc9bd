import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeExport } from '../../../runtime/interop/export-files.ts'
import { safetensors } from '../../../runtime/interop/safetensors.ts'
import { tfjs } from '../../../runtime/interop/tfjs.ts'
import { wrongExport } from '../../../runtime/store/exports.ts'
import { storeFiles } from '../../../runtime/store/files.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const one = (text = 'weights') => new Map([['', bytes(text)]])
const key = 'a'.repeat(64)

/** A project with its store, and a folder beside it. */
async function project() {
  const around = await temporaryFolder()
  const [folder, outside] = [join(around, 'project'), join(around, 'outside')]
  for (const each of [folder, outside, join(folder, '.espalier')]) mkdirSync(each)
  const { exports } = storeFiles(join(folder, '.espalier'))
  const write = (path: string, files = one()) => writeExport(exports, { folder, path, key }, files, files.has('') ? safetensors : tfjs)
  return { folder, outside, exports, write, at: (path: string) => join(folder, path) }
}

test('folders on the way are made, the file is there whole, and nothing else is left', async () => {
  const { write, at } = await project()
  expect(await write('models/deep/ticket.safetensors')).toBe(7)
  expect(readFileSync(at('models/deep/ticket.safetensors'), 'utf8')).toBe('weights')
  expect(readdirSync(at('models/deep'))).toEqual(['ticket.safetensors'])
  await write('models/deep/ticket.safetensors', one('others'))
  expect(readFileSync(at('models/deep/ticket.safetensors'), 'utf8')).toBe('others')
})

describe('nothing is written outside of the project', () => {
  test('through a link to a folder', async () => {
    const { outside, write, at } = await project()
    symlinkSync(outside, at('models'))
    await expect(write('models/a.safetensors')).rejects.toThrow(/a link on its way leads out of the project/)
    await expect(write('models/new/a.safetensors')).rejects.toThrow(/leads out/)
    expect(readdirSync(outside)).toEqual([])
  })

  test('a link inside of the project is followed; a link in the place of the file is replaced, not followed', async () => {
    const { outside, write, at } = await project()
    mkdirSync(at('real'))
    symlinkSync(at('real'), at('models'))
    await write('models/a.safetensors')
    expect(existsSync(at('real/a.safetensors'))).toBe(true)
    writeFileSync(join(outside, 'precious'), 'precious')
    symlinkSync(join(outside, 'precious'), at('b.safetensors'))
    await write('b.safetensors')
    expect(lstatSync(at('b.safetensors')).isSymbolicLink()).toBe(false)
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious')
  })

  test('for a model in a folder, a link in its place is refused', async () => {
    const { outside, write, at } = await project()
    symlinkSync(outside, at('model'))
    await expect(write('model', new Map([['model.json', bytes('{}')]]))).rejects.toThrow(/it is a link/)
    expect(readdirSync(outside)).toEqual([])
  })
})

test.each([
  ['the store', '.espalier/objects/a.safetensors', /it lies in the store/],
  ['a file for a folder', 'note.txt/a.safetensors', /note\.txt is a file/],
  ['a folder for a file', 'folder', /there is a folder of this name/],
])('%s is not written over', async (_, path, says) => {
  const { write, at } = await project()
  writeFileSync(at('note.txt'), 'mine')
  mkdirSync(at('folder'))
  await expect(write(path)).rejects.toThrow(says)
  expect(readFileSync(at('note.txt'), 'utf8')).toBe('mine')
})

test("somebody else's model.json stays", async () => {
  const { write, at } = await project()
  mkdirSync(at('model'))
  writeFileSync(at('model/model.json'), '{ "generatedBy": "TensorFlow.js" }')
  await expect(write('model', new Map([['model.json', bytes('{}')]]))).rejects.toThrow(/a model\.json that is not from here/)
})

test('shards of an older network go when the new model.json is there; other files stay', async () => {
  const { write, at } = await project()
  const files = (name: string) =>
    new Map([
      [name, bytes('w')],
      ['model.json', bytes('{ "generatedBy": "espalier" }')],
    ])
  await write('model', files('group1-shard1of1-0123456789abcdef.bin'))
  writeFileSync(at('model/README'), 'mine')
  await write('model', files('group1-shard1of1-fedcba9876543210.bin'))
  expect(readdirSync(at('model'))).toEqual(['README', 'group1-shard1of1-fedcba9876543210.bin', 'model.json'])
})

test('a file that is gone or changed is told; one that was touched alone is as it was', async () => {
  const { write, at, exports } = await project()
  const wrong = () => wrongExport({}, key, exports)
  expect(await wrong()).toBe('what it wrote is not known')
  await write('a.safetensors')
  expect(await wrong()).toBeUndefined()
  writeFileSync(at('a.safetensors'), 'weights')
  expect(await wrong()).toBeUndefined()
  writeFileSync(at('a.safetensors'), 'changed')
  expect(await wrong()).toBe('its file a.safetensors has changed')
  await write('b.safetensors')
  expect(await wrong()).toBeUndefined()
  symlinkSync('/nowhere', at('c'))
  expect(readdirSync(at('.'))).toContain('a.safetensors')
})

test('a file beside the target is written and remembered too; one that is not from here stays', async () => {
  const { write, at, exports, outside } = await project()
  const files = (text: string) => new Map([['../load.py', bytes(`"""Made by Espalier. ${text}`)], ...one()])
  await write('models/a.safetensors', files('one'))
  await write('models/a.safetensors', files('two'))
  expect(readFileSync(at('models/load.py'), 'utf8')).toMatch(/two$/)
  expect((await exports.find(key))!.map(({ path }) => path)).toEqual(['models/load.py', 'models/a.safetensors'])
  writeFileSync(at('models/load.py'), 'import mine')
  await expect(write('models/a.safetensors', files('three'))).rejects.toThrow(/there is a load\.py beside it that is not from here/)
  expect(readFileSync(at('models/load.py'), 'utf8')).toBe('import mine')
  symlinkSync(outside, at('load.py'))
  await expect(write('a.safetensors', files('four'))).rejects.toThrow(/load\.py beside it cannot be read as a file/)
  expect(existsSync(at('a.safetensors'))).toBe(false)
})
