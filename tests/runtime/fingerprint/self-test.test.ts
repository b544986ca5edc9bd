import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

let said: { readonly [name: string]: unknown }
beforeAll(() => {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('./tamper.ts', import.meta.url))], { encoding: 'utf8' })
  expect(stderr).toBe('')
  said = JSON.parse(stdout)
})

test("V8's answers pass the self-test on this Node", () => {
  expect(said['as it is']).toBe('passed')
})

test.each([
  ['no locations', 'expected that a function has a place'],
  ['no scopes', 'a function has no [[Scopes]]'],
  ['another line', 'expected that its line and column are right'],
  ['another column', 'expected that its line and column are right'],
  ['scopes of another kind', '[[Scopes]] holds something else than scopes'],
  ['values copied', 'expected that captured values are the values themselves'],
  ['indices among the names', 'expected that named properties are told from indices'],
])('%s: no fingerprint is made, and it says what was found', (name, found) => {
  expect(said[name]).toEqual({
    kind: 'FingerprintProblem',
    title: 'This version of Node represents functions in an unknown way, so functions cannot have a fingerprint.',
    found,
  })
})

test('a command that is gone stops it too', () => {
  expect(said['no scripts']).not.toBe('passed')
})

test('a Node without an inspector is told as such', () => {
  const code = `
    import { registerHooks } from 'node:module'
    const { openChannel } = await import(${JSON.stringify(new URL('../../../runtime/fingerprint/inspect.ts', import.meta.url).href)})
    const { Module } = await import('node:module')
    const load = Module._load
    Module._load = (name, ...rest) => { if (name === 'node:inspector') throw new Error('ERR_INSPECTOR_NOT_AVAILABLE'); return load(name, ...rest) }
    try { openChannel() } catch (error) { console.log(error.title) }`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  expect(stdout.trim()).toBe('This Node was built without its inspector, so functions cannot have a fingerprint.')
})
