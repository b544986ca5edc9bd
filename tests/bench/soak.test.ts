import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const run = (...args: string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('../../bench/run.ts', import.meta.url)), 'soak', ...args], { encoding: 'utf8' })

it('memory does not grow over compiled steps, compile and dispose, and failures: the short soak', () => {
  const { stdout, stderr, status } = run('--short')
  expect(stderr).toBe('')
  expect(stdout.match(/^ok/gm)).toHaveLength(3)
  expect(stdout).toMatch(/1000 calls of eight steps/)
  expect(status).toBe(0)
}, 240_000)

it('a soak that is not known is refused with those that are', () => {
  const { stderr, status } = run('--runs', 'leaks')
  expect(stderr).toContain('There is no soak named "leaks". Known: steps, cycles, failures.')
  expect(status).not.toBe(0)
})
