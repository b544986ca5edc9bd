import { execFileSync } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { csv, imageFolder, parquet } from '../../../../stdlib/index.ts'
import { folderOf } from './sources.ts'

const pictures = { classes: 2, size: [2, 2] } as const
const table = { classes: 2, input: [1, 2, 1] } as const

describe('what is in a folder of data', () => {
  test('a FIFO, a socket or a device is refused, and not opened', async () => {
    const { root, problem } = await folderOf({ 'cat/a.csv': '', 'set/cat/0.png': '' })
    execFileSync('mkfifo', [join(root, 'train.csv'), join(root, 'set/cat/a.png'), join(root, 'train.parquet')])
    const server = createServer().listen(join(root, 'cat/socket'))
    onTestFinished(() => void server.close())
    for (const [from, spec, what] of [
      ['train.csv', csv({ from: root, ...table }).spec, 'a FIFO'],
      ['train.csv', csv({ from: join(root, 'train.csv'), ...table }).spec, 'a FIFO'],
      ['a.png', imageFolder({ from: join(root, 'set'), ...pictures }).spec, 'a FIFO'],
      ['train.parquet', parquet({ from: join(root, 'train.parquet'), ...pictures }).spec, 'a FIFO'],
      ['socket', csv({ from: join(root, 'cat/socket'), ...table }).spec, 'a socket'],
      ['zero', csv({ from: '/dev/zero', ...table }).spec, 'a device'],
    ] as const) {
      const { facts } = await problem(spec)
      expect([from, facts]).toEqual([
        from,
        [
          ['file', expect.any(String)],
          ['system error', `it is ${what}, and only files are read`],
        ],
      ])
    }
  })

  test('a link that leads nowhere, or to itself, is named', async () => {
    for (const target of ['nowhere.png', 'gone.png']) {
      const { root, problem } = await folderOf({ 'cat/0.png': '', 'dog/0.png': '' })
      await symlink(target, join(root, 'cat/gone.png'))
      expect((await problem(imageFolder({ from: root, ...pictures }).spec)).facts).toEqual([
        ['file', join(root, 'cat/gone.png')],
        ['system error', expect.stringMatching(/ENOENT|ELOOP/)],
      ])
    }
  })

  test('a folder that leads back to one above it is seen', async () => {
    const { root, problem } = await folderOf({ 'data/deep/a.txt': '', 'train/cat/0.png': '' })
    await symlink('..', join(root, 'data/deep/back'))
    expect((await problem(parquet({ from: join(root, 'data'), ...pictures }).spec)).title).toContain(
      'deep/back links back to a folder that contains it.',
    )
    await symlink('..', join(root, 'train/dog'))
    expect((await problem(imageFolder({ from: root, ...pictures }).spec)).title).toContain(
      'train/dog links back to a folder that contains it.',
    )
  })

  test('a name that is not UTF-8 is said to be so', async () => {
    const { root, problem } = await folderOf({ 'cat/0.png': '' })
    await writeFile(Buffer.concat([Buffer.from(join(root, 'cat/caf')), Buffer.from([0xe9]), Buffer.from('.png')]), '')
    expect((await problem(imageFolder({ from: root, ...pictures }).spec)).message).toContain('its name is not UTF-8: rename it')
  })
})
