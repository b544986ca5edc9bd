import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { imageFolder } from '../../../../stdlib/index.ts'
import { firstPixels, folderOf, png } from './sources.ts'

const form = { classes: 2, size: [2, 2], validation: 1, test: 1, by: 'file' } as const

/** Two classes, three pictures each, red counting up. */
async function photos() {
  const files: { [path: string]: Uint8Array } = {}
  for (const [c, name] of ['cat', 'dog'].entries()) {
    for (let i = 0; i < 3; i++) files[`${name}/${i}.png`] = await png([100 * c + 10 * i, 50, 200])
  }
  return files
}

describe('a folder of pictures', () => {
  test('has a class for each folder, in their order, and each picture as bytes', async () => {
    const { root, load, facts } = await folderOf(await photos())
    const spec = imageFolder({ from: root, ...form }).spec
    const dataset = await load(spec)
    expect(dataset.input).toEqual([2, 2, 3])
    expect(firstPixels(dataset, 'train')).toEqual([
      [0, 0, 50, 200],
      [0, 10, 50, 200],
      [0, 20, 50, 200],
      [1, 100, 50, 200],
    ])
    expect(firstPixels(dataset, 'validation')).toEqual([[1, 110, 50, 200]])
    expect(firstPixels(dataset, 'test')).toEqual([[1, 120, 50, 200]])
    expect(await facts(spec)).toMatchObject({ trainExamples: 4, classes: 2, input: [2, 2, 3] })
  })

  test('may have a folder for each split, and shares out what has none', async () => {
    const cats = await photos()
    const files = Object.fromEntries(Object.entries(cats).map(([path, content]) => [`train/${path}`, content]))
    files['test/dog/a.png'] = await png([1, 2, 3])
    files['test/cat/b.png'] = await png([4, 5, 6])
    const { root, load } = await folderOf(files)
    const dataset = await load(imageFolder({ from: root, ...form, by: 'class', validation: 2 }).spec)
    expect(firstPixels(dataset, 'test')).toEqual([
      [0, 4, 5, 6],
      [1, 1, 2, 3],
    ])
    expect(firstPixels(dataset, 'validation').map(([label, red]) => [label, red])).toEqual([
      [0, 20],
      [1, 120],
    ])
    expect(dataset.splits.train.labels.length).toBe(4)
  })

  test('brings pictures to one size: the middle of them, or all of them stretched', async () => {
    // 4 wide, 2 high: red, white, white, red.
    const wide = await sharp(
      Buffer.from([255, 0, 0, 255, 255, 255, 255, 255, 255, 255, 0, 0].concat([255, 0, 0, 255, 255, 255, 255, 255, 255, 255, 0, 0])),
      {
        raw: { width: 4, height: 2, channels: 3 },
      },
    )
      .png()
      .toBuffer()
    const { root, load } = await folderOf({ ...(await photos()), 'cat/0.png': wide })
    expect(firstPixels(await load(imageFolder({ from: root, ...form }).spec), 'train')[0]).toEqual([0, 255, 255, 255])
    const stretched = firstPixels(await load(imageFolder({ from: root, ...form, fit: 'fill' }).spec), 'train')[0]!
    expect(stretched[1]).toBe(255)
    expect(stretched[2]).toBeLessThan(230)
  })

  test('can be grey, and transparent parts are black', async () => {
    const clear = await sharp({ create: { width: 2, height: 2, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } } })
      .png()
      .toBuffer()
    const { root, load } = await folderOf({ ...(await photos()), 'cat/0.png': clear, 'cat/1.png': await png([77, 77, 77]) })
    const dataset = await load(imageFolder({ from: root, ...form, channels: 1 }).spec)
    expect(dataset.input).toEqual([2, 2, 1])
    expect(firstPixels(dataset, 'train').slice(0, 2)).toEqual([
      [0, 0],
      [0, 77],
    ])
  })

  test('is known by its content: a touched file changes nothing, another picture does', async () => {
    const { root, facts } = await folderOf(await photos())
    const spec = imageFolder({ from: root, ...form }).spec
    const before = await facts(spec)
    await utimes(join(root, 'cat/0.png'), 1000, 1000)
    expect(await facts(spec)).toEqual(before)
    await writeFile(join(root, 'cat/0.png'), await png([9, 9, 9]))
    expect((await facts(spec)).digest).not.toBe(before.digest)
  })

  test('with a picture that is cut off says which', async () => {
    const files = await photos()
    const { root, problem } = await folderOf({ ...files, 'dog/1.png': files['dog/1.png']!.subarray(0, 60) })
    const { title, kind } = await problem(imageFolder({ from: root, ...form }).spec)
    expect(kind).toBe('malformed')
    expect(title).toBe(`The data set imageFolder is not what it should be: ${join(root, 'dog/1.png')} cannot be decoded as a picture.`)
  })

  test('with other classes than announced says which there are', async () => {
    const { root, problem } = await folderOf(await photos())
    const { message } = await problem(imageFolder({ from: root, ...form, classes: 3 }).spec)
    expect(message).toContain(`${root} has 2 folders of pictures, and classes is 3.`)
    expect(message).toContain('cat, dog')
  })

  test('that is not there, or has no picture, says so', async () => {
    const { root, problem } = await folderOf({ 'cat/a.txt': 'no picture' })
    expect(await problem(imageFolder({ from: join(root, 'nowhere'), ...form }).spec)).toMatchObject({ kind: 'missing' })
    expect((await problem(imageFolder({ from: root, ...form }).spec)).message).toContain('no folder in it has a picture')
  })

  test.each([
    [{ size: [0, 2] }, 'a whole number from 1 to 4096'],
    [{ size: 32 }, 'size'],
    [{ channels: 2 }, '1, 3'],
    [{ fit: 'crop' }, "'cover', 'fill'"],
    [{ from: '' }, 'path'],
  ])('described with %j is refused at the call', (wrong, says) => {
    expect(() => imageFolder({ from: '/photos', ...form, ...(wrong as object) })).toThrow(says)
  })
})
