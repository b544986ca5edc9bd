import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeCheck, runsOn } from '../../runtime/node-version.ts'

test.each([
  ['20.20.0', false],
  ['22.17.1', false],
  ['22.18.0', true],
  ['22.99.0', true],
  ['23.11.0', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('Node %s: %s', (version, runs) => expect(runsOn(version)).toBe(runs))

test.each(['22.17.1', '22.18.0', '23.11.0', '24.0.0', '100.0.0'])('a shell judges Node %s as the command does', (version) => {
  const told = nodeCheck.replace('process.versions.node', JSON.stringify(version))
  const status = () => execFileSync(process.execPath, ['-e', told])
  if (runsOn(version)) status()
  else expect(status).toThrow()
})

test('the package says the same', () => {
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { engines: { node: string } }
  expect(engines.node).toBe('^22.18 || >=24')
})
