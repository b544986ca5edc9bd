import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { underNohup } from '../../../runtime/cli/signals.ts'

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'file')
  writeFileSync(file, text)
  return file
}

const readWrite = '0100002'
const writeOnly = '0100001'
const none = '0000000000001000'
const hangUp = '0000000000001001'

test.each([
  ['what a shell started is nohup', { _: '/usr/bin/nohup' }, readWrite, none, true],
  ['standard input was a terminal, and nohup opened it for writing alone', {}, writeOnly, none, true],
  ['the shell of a script under nohup', { _: '/usr/bin/node' }, readWrite, hangUp, true],
  ['a terminal', { _: '/usr/bin/node' }, readWrite, none, false],
  ['a program whose name ends alike', { _: '/opt/notnohup' }, '0100000', none, false],
])('%s', (_, env, flags, ignoring, expected) => {
  const [input, parent] = [fileOf(`pos:\t0\nflags:\t${flags}\nmnt_id:\t26\n`), fileOf(`Name:\tsh\nSigIgn:\t${ignoring}\nSigCgt:\t01\n`)]
  expect(underNohup(env, input, parent)).toBe(expected)
})

test('where the system does not tell, it is taken for an ordinary run', () => {
  expect(underNohup({}, '/nowhere', '/nowhere')).toBe(false)
})
