import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
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

  test('is normalised by the numbers that are told, not those of its pictures', async () => {
    const { root, load } = await folderOf(await photos())
    const normalize = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    const one = await load(imageFolder({ from: root, ...form, normalize }).spec)
    const other = await load(imageFolder({ from: root, ...form }).spec)
    expect(one.normalisation).toEqual(normalize)
    expect(other.normalisation).not.toEqual(normalize)
    expect([...one.splits.train.images.subarray(1, 3)]).toEqual([(50 / 255 - 0.456) / 0.224, (200 / 255 - 0.406) / 0.225].map(Math.fround))
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
    expect(title).toBe(`The data set imageFolder is invalid: ${join(root, 'dog/1.png')} cannot be decoded as an image.`)
  })

  test('with other classes than announced says which there are', async () => {
    const { root, problem } = await folderOf(await photos())
    const { message } = await problem(imageFolder({ from: root, ...form, classes: 3 }).spec)
    expect(message).toContain(`${root} has 2 folders of images, but classes is 3.`)
    expect(message).toContain('cat, dog')
  })

  test('that is not there, or has no picture, says so', async () => {
    const { root, problem } = await folderOf({ 'cat/a.txt': 'no picture' })
    expect(await problem(imageFolder({ from: join(root, 'nowhere'), ...form }).spec)).toMatchObject({ kind: 'missing' })
    expect((await problem(imageFolder({ from: root, ...form }).spec)).message).toContain('no folder in it has a picture')
  })

  test.each([
    [{ size: [0, 2] }, 'a whole number from 1 to 4096'],
    [{ size: 32 }, '[height, width]'],
    [{ channels: 2 }, '1, 3'],
    [{ fit: 'crop' }, "'cover', 'fill'"],
    [{ from: '' }, 'path'],
  ])('described with %j is refused at the call', (wrong, says) => {
    expect(() => imageFolder({ from: '/photos', ...form, ...(wrong as object) })).toThrow(says)
  })

  test('has splits, classes and pictures that may be links', async () => {
    const pictures = await photos()
    const { root, load } = await folderOf(
      Object.fromEntries(Object.entries(pictures).map(([path, content]) => [`elsewhere/${path}`, content])),
    )
    for (const part of ['train', 'val', 'test']) await mkdir(join(root, 'set', part, 'cat'), { recursive: true })
    await symlink(join(root, 'elsewhere/cat/0.png'), join(root, 'set/train/cat/0.png'))
    await symlink('../../elsewhere/dog', join(root, 'set/train/dog'))
    await symlink('../../../elsewhere/cat/1.png', join(root, 'set/val/cat/1.png'))
    await rm(join(root, 'set/test'), { recursive: true })
    await symlink('../elsewhere', join(root, 'set/test'))
    const dataset = await load(imageFolder({ from: join(root, 'set'), ...form }).spec)
    const reds = (split: 'train' | 'validation' | 'test') => firstPixels(dataset, split).map(([label, red]) => [label, red])
    expect(reds('train')).toEqual([
      [0, 0],
      [1, 100],
      [1, 110],
      [1, 120],
    ])
    expect(reds('validation')).toEqual([[0, 10]])
    expect(reds('test').length).toBe(6)
  })

  test('counts what it passes over', async () => {
    const { root, facts } = await folderOf({
      ...Object.fromEntries(Object.entries(await photos()).map(([path, content]) => [`Training/${path}`, content])),
      'Training/dog/a.bmp': 'BM',
      'Training/dog/b.ppm': 'P6',
      'Training/dog/puppies/0.png': await png([1, 2, 3]),
      'Training/dog/old.png/0.png': await png([1, 2, 3]),
      'Training/empty/.keep': '',
      'Training/loose.png': await png([1, 2, 3]),
      'extra/cat/0.png': await png([1, 2, 3]),
      'labels.csv': 'a',
      ...{
        'README.md': 'about',
        '.DS_Store': 'x',
        'Training/cat/._0.png': 'x',
        'Training/cat/Thumbs.db': 'x',
        '__MACOSX/cat/._0.png': 'x',
      },
    })
    const { notes, trainExamples } = await facts(imageFolder({ from: root, ...form }).spec)
    expect(trainExamples).toBe(4)
    expect(notes?.map(({ title }) => title.replace('The data set imageFolder: ', ''))).toEqual([
      '2 files are not pictures: Training/dog/a.bmp, Training/dog/b.ppm.',
      '2 folders within folders of classes are passed over: Training/dog/old.png, Training/dog/puppies.',
      '1 folder has no picture and is no class: Training/empty.',
      '2 files lie in the folder of no class: labels.csv, Training/loose.png.',
      '1 folder beside train is no known split: extra.',
    ])
  })

  test('says again what was lost in converting when nothing is converted again', async () => {
    const deep = await sharp(await png([1, 2, 3]))
      .toColourspace('rgb16')
      .png()
      .toBuffer()
    const moving = await sharp(Buffer.concat([Buffer.alloc(12, 9), Buffer.alloc(12, 200)]), {
      raw: { width: 2, height: 4, channels: 3, pageHeight: 2 },
    })
      .gif()
      .toBuffer()
    const { root, facts } = await folderOf({ ...(await photos()), 'cat/deep.png': deep, 'dog/moving.gif': moving })
    const spec = imageFolder({ from: root, ...form }).spec
    const { notes } = await facts(spec)
    expect(notes?.map(({ title }) => title.replace(root, ''))).toEqual([
      'The data set imageFolder: 1 image has 16 bits per channel: /cat/deep.png.',
      'The data set imageFolder: 1 image has several frames: /dog/moving.gif.',
    ])
    expect((await facts(spec)).notes).toEqual(notes)
  })

  test('refuses pictures of floats: nothing says what 1 is in them', async () => {
    const floats = await sharp(await png([128, 128, 128]))
      .toColourspace('scrgb')
      .tiff({ compression: 'none' })
      .toBuffer()
    const { root, problem } = await folderOf({ ...(await photos()), 'cat/f32.tif': floats })
    const { title, facts } = await problem(imageFolder({ from: root, ...form }).spec)
    expect(title).toContain('cat/f32.tif cannot be decoded as an image.')
    expect(facts).toEqual([['decoder error', 'its numbers are of the type float, and pictures of bytes are read']])
  })

  test.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><rect width="2" height="2" fill="red"/></svg>'],
    ['PPM', 'P6 2 2 255 abcdefghijkl'],
    ['an empty file', ''],
  ])('decodes no %s, whatever its name', async (_, content) => {
    const { root, problem } = await folderOf({ ...(await photos()), 'cat/x.png': content })
    expect((await problem(imageFolder({ from: root, ...form }).spec)).title).toContain('cat/x.png cannot be decoded as an image.')
  })

  test('with two folders for one split is refused', async () => {
    const picture = await png([1, 2, 3])
    const { root, problem } = await folderOf({ 'train/a/0.png': picture, 'val/a/0.png': picture, 'Validation/a/0.png': picture })
    expect((await problem(imageFolder({ from: root, ...form }).spec)).title).toContain(
      'has 2 files or folders for validation: Validation, val.',
    )
  })

  test('with classes that only look alike, or that training has not, is refused', async () => {
    const picture = await png([1, 2, 3])
    const both = await folderOf({ 'train/caf\u00e9/0.png': picture, 'test/cafe\u0301/0.png': picture })
    expect((await both.problem(imageFolder({ from: both.root, ...form }).spec)).title).toContain('two of its class names look the same')
    const other = await folderOf({ 'train/cat/0.png': picture, 'test/Cat/0.png': picture })
    expect((await other.problem(imageFolder({ from: other.root, ...form }).spec)).title).toContain(
      'test/Cat/0.png has the class Cat, which has no training example.',
    )
  })
})
