import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { dataFolder, foldersOf } from '../../../runtime/data/places.ts'
import { findSourceFiles, readSourceFiles, type Wanted } from '../../../runtime/data/source-files.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const get = 'Ask for it.'
const names = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte']

async function folders() {
  const root = await temporaryFolder()
  const [first, second] = [join(root, 'first'), join(root, 'second')]
  await mkdir(first)
  await mkdir(second)
  const wanted: Wanted = { data: 'toy', names, place: { folder: 'toy', system: [first, second], get }, from: undefined }
  return { root, first, second, wanted }
}

const contents = async (wanted: Wanted) => {
  const found = await readSourceFiles(wanted, await findSourceFiles(wanted, tmpdir()))
  return Object.fromEntries([...found].map(([name, content]) => [name, new TextDecoder().decode(content)]))
}

describe('files of a place', () => {
  test('are read packed, under either spelling, from the first folder that has them all', async () => {
    const { first, second, wanted } = await folders()
    await writeFile(join(first, 'train-images-idx3-ubyte'), 'half a data set')
    await writeFile(join(second, 'train-images-idx3-ubyte.gz'), gzipSync('images'))
    await writeFile(join(second, 'train-labels.idx1-ubyte'), 'labels')
    expect(await contents(wanted)).toEqual({ 'train-images-idx3-ubyte': 'images', 'train-labels-idx1-ubyte': 'labels' })
  })

  test('come from the folder that the user names, and from no other', async () => {
    const { root, first, wanted } = await folders()
    for (const name of names) await writeFile(join(first, name), 'system')
    await mkdir(join(root, 'own'))
    const named = { ...wanted, from: join(root, 'own') }
    await expect(findSourceFiles(named, tmpdir())).rejects.toMatchObject({
      kind: 'missing',
      facts: [['looked in', named.from], expect.anything()],
    })
    for (const name of names) await writeFile(join(root, 'own', name), 'own')
    expect(Object.values(await contents(named))).toEqual(['own', 'own'])
  })

  test('that are nowhere are an error that says where it looked, for what, and how to get them', async () => {
    const { first, second, wanted } = await folders()
    await expect(findSourceFiles(wanted, tmpdir())).rejects.toMatchObject({
      title: 'The data set toy is not on this machine: no folder has all of its files.',
      facts: [
        ['looked in', join(dataFolder(), 'toy')],
        ['looked in', first],
        ['looked in', second],
        ['required files', 'train-images-idx3-ubyte, train-labels-idx1-ubyte (also with .gz)'],
      ],
      hint: get,
    })
  })

  test('that are packed and cut off are an error with the file', async () => {
    const { first, wanted } = await folders()
    await writeFile(join(first, `${names[0]}.gz`), gzipSync('images').subarray(0, -4))
    await writeFile(join(first, names[1]!), 'labels')
    await expect(contents(wanted)).rejects.toMatchObject({
      kind: 'malformed',
      facts: [
        ['file', join(first, `${names[0]}.gz`)],
        ['gzip error', 'unexpected end of file'],
      ],
    })
  })

  test('are looked for below ESPALIER_DATA before anywhere else', () => {
    expect(foldersOf({ folder: 'toy', system: ['/usr/share/toy'], get }, undefined, { ESPALIER_DATA: '/data' })).toEqual([
      '/data/toy',
      '/usr/share/toy',
    ])
  })
})

test('what comes with Espalier is read packed, and its loss is told', async () => {
  const own = await temporaryFolder()
  const wanted: Wanted = { data: 'toy', names: ['labels'], place: undefined, from: undefined }
  await expect(findSourceFiles(wanted, own)).rejects.toMatchObject({ hint: 'Install Espalier again: it comes with it.' })
  await writeFile(join(own, 'labels.gz'), gzipSync('labels'))
  const found = await readSourceFiles(wanted, await findSourceFiles(wanted, own))
  expect(new TextDecoder().decode(found.get('labels'))).toBe('labels')
})
