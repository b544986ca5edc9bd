import { readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { textOf } from '../../../../runtime/format/text-of-file.ts'
import { takeFolder } from '../../../../runtime/interop/tensorboard/turn.ts'
import { thisProcess } from '../../../../runtime/store/process-identity.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

/** What another run does between this one's reading of the first lock and what it does next. */
let meanwhile: (() => void) | undefined

vi.mock('../../../../runtime/format/text-of-file.ts', async (original) => {
  const { textOf } = await original<typeof import('../../../../runtime/format/text-of-file.ts')>()
  return {
    textOf(file: string) {
      const text = textOf(file)
      const act = basename(file) === 'espalier-run' ? meanwhile : undefined
      if (act !== undefined) meanwhile = undefined
      act?.()
      return text
    },
  }
})

beforeEach(() => {
  meanwhile = undefined
})

const [host, boot, , ...rest] = thisProcess().split(' ')
const dead = (pid = 2 ** 22 + 1): string => [host, boot, pid, ...rest].join(' ')
const busy = /^Another run writes into this folder/

async function folderOfDeadRun(): Promise<string> {
  const folder = await temporaryFolder()
  writeFileSync(join(folder, 'espalier-run'), dead())
  return folder
}

test('one run at a time has a folder, and leaves nothing in it', async () => {
  const folder = await temporaryFolder()
  const release = takeFolder(folder)
  expect(() => takeFolder(folder)).toThrow(busy)
  release()
  expect(readdirSync(folder)).toEqual([])
  takeFolder(folder)()
})

test('a folder of runs that are dead, one after the other, is taken by one and then free', async () => {
  const folder = await folderOfDeadRun()
  takeFolder(folder) // it is killed as well: its lock gets the identity of a dead process below
  const [, second] = readdirSync(folder).sort()
  writeFileSync(join(folder, second!), dead(2 ** 22 + 2))
  const release = takeFolder(folder)
  expect(readdirSync(folder)).toHaveLength(3)
  expect(() => takeFolder(folder)).toThrow(busy)
  release()
  expect(readdirSync(folder)).toEqual([])
})

test('of two runs that find the same dead one at the same moment, one gets the folder', async () => {
  const folder = await folderOfDeadRun()
  meanwhile = () => takeFolder(folder)
  expect(() => takeFolder(folder)).toThrow(busy)
})

test('a run that has read the lock of a dead one, whose successor ends then, holds the folder by the first lock', async () => {
  const folder = await folderOfDeadRun()
  const release = takeFolder(folder)
  meanwhile = release
  takeFolder(folder)
  expect(readdirSync(folder)).toEqual(['espalier-run'])
  expect(textOf(join(folder, 'espalier-run'))).toBe(thisProcess())
})

test('a lock that somebody else has by now is not removed', async () => {
  const folder = await temporaryFolder()
  const release = takeFolder(folder)
  writeFileSync(join(folder, 'espalier-run'), dead())
  release()
  expect(readdirSync(folder)).toEqual(['espalier-run'])
})
