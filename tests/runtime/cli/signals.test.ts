import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { underNohup } from '../../../runtime/cli/signals.ts'

function fdinfo(flags: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, '0')
  writeFileSync(file, `pos:\t0\nflags:\t${flags}\nmnt_id:\t26\n`)
  return file
}
const readWrite = '0100002'
const writeOnly = '0100001'

test.each([
  ['what a shell started is nohup', { _: '/usr/bin/nohup' }, readWrite, true],
  ['standard input was a terminal, and nohup opened it for writing alone', {}, writeOnly, true],
  ['a terminal', { _: '/usr/bin/node' }, readWrite, false],
  ['a program whose name ends alike', { _: '/opt/notnohup' }, '0100000', false],
])('%s', (_, env, flags, expected) => {
  expect(underNohup(env, fdinfo(flags))).toBe(expected)
})

test('where the system does not tell, it is taken for an ordinary run', () => {
  expect(underNohup({}, '/nowhere')).toBe(false)
})
