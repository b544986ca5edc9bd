import { execFileSync } from 'node:child_process'
import { mkdir, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mobyDick, text } from '../../../../stdlib/index.ts'
import { folderOf } from './sources.ts'

const form = { length: 2, vocabulary: 4, validation: 3, test: 3 } as const

test('a file is one text, whose parts follow each other', async () => {
  const { root, load, facts } = await folderOf({ 'a.txt': 'abaca bbcdacb' })
  const { spec } = text({ from: join(root, 'a.txt'), ...form })
  const { splits } = await load(spec)
  expect(Object.values(splits).map(({ labels }) => [...labels])).toEqual([
    [2, 1, 0, 1, 3, 2],
    [0, 0],
    [0, 2],
  ])
  expect(await facts(spec)).toMatchObject({ trainExamples: 3, classes: 4, input: [2], predicts: 'tokens' })
})

test('a folder has a text for each part; another text has another content address', async () => {
  const { root, load, facts } = await folderOf({
    'a/train.txt': 'aabb',
    'a/test.txt': 'abab',
    'a/validation.txt': 'bbb',
    'b/train.txt': 'aabb aabb aabb',
  })
  const of = (folder: string) => text({ from: join(root, folder), ...form }).spec
  expect(Object.values((await load(of('a'))).splits).map(({ labels }) => [...labels])).toEqual([
    [1, 2],
    [2, 2],
    [2, 1],
  ])
  expect((await facts(of('a'))).digest).not.toBe((await facts(of('b'))).digest)
})

test('files have any name of a split; a text that has none is reported, what is about the data is not', async () => {
  const { root, load, facts } = await folderOf({
    'a/training.txt': 'aabb',
    'a/dev.TXT': 'bbb',
    'a/Eval.txt': 'abab',
    'a/book.txt': 'b',
    'a/README.txt': 'of a and b',
    'a/notes.md': '',
    'b/train.txt': 'aabb',
    'b/val.txt': 'bbb',
    'b/valid.txt': 'bbb',
  })
  const of = (folder: string) => text({ from: join(root, folder), ...form }).spec
  expect(Object.values((await load(of('a'))).splits).map(({ labels }) => [...labels])).toEqual([
    [1, 2],
    [2, 2],
    [2, 1],
  ])
  const { notes } = await facts(of('a'))
  expect(notes?.map(({ title }) => title)).toEqual([expect.stringMatching(/1 file or folder is of no split/)])
  expect(JSON.stringify(notes)).toContain('book.txt')
  expect(JSON.stringify(notes)).not.toMatch(/README|notes/)
  await expect(load(of('b'))).rejects.toThrow('has 2 files or folders for validation: val.txt, valid.txt.')
})

test('Moby-Dick comes with the library', async () => {
  const { facts } = await folderOf({})
  expect(await facts(mobyDick({ length: 64, vocabulary: 64 }).spec)).toMatchObject({ trainExamples: 3291, classes: 64, input: [64] })
})

test.each([
  ['no such file', async () => {}, /cannot be read/],
  ['not UTF-8', async (at: string) => execFileSync('sh', ['-c', `printf 'ab\\377ab' > "${at}"`]), /it is not UTF-8/],
  [
    'too short',
    async (at: string) => execFileSync('sh', ['-c', `printf 'abcdefg' > "${at}"`]),
    /the train part has 1 token, and a sequence/,
  ],
  [
    'larger than memory',
    async (at: string) => {
      execFileSync('touch', [at])
      await truncate(at, 2 ** 40)
    },
    /more than the limit of 134 MB for a text/,
  ],
  ['a FIFO, which may never end', async (at: string) => execFileSync('mkfifo', [at]), /cannot be read/],
  ['a folder without a text', async (at: string) => mkdir(at), /cannot be read/],
  ['a link to itself', async (at: string) => symlink(at, at), /cannot be read/],
])('refused: %s', async (_, make, title) => {
  const { root, problem } = await folderOf({})
  const at = join(root, 'a.txt')
  await make(at)
  expect((await problem(text({ from: at, ...form }).spec)).title).toMatch(title)
})
