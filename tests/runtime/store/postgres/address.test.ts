import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as Redacted from 'effect/Redacted'
import { expect, test } from 'vitest'
import type { StoreProblem } from '../../../../runtime/problem.ts'
import { databaseAddress } from '../../../../runtime/store/postgres/address.ts'
import { temporaryFolder } from '../temporary-store.ts'

const nobody = { HOME: '/nowhere' }
const passwordOf = (store: string, env: NodeJS.ProcessEnv) => {
  const { password } = databaseAddress(store, { ...nobody, ...env })
  return password === undefined ? undefined : Redacted.value(password)
}

test('what an address leaves out comes from the environment, as for psql', () => {
  const env = { ...nobody, PGHOST: 'db', PGPORT: '6000', PGUSER: 'me' }
  expect(databaseAddress('postgres:///name', env).shown).toBe('postgres://me@db:6000/name')
  expect(databaseAddress('postgresql://you@other:1/name', env).shown).toBe('postgres://you@other:1/name')
  const socket = databaseAddress('postgres://me@localhost/name?host=/run/postgresql', nobody)
  expect(socket).toMatchObject({ at: { host: '/run/postgresql', port: 5432, database: 'name' }, user: 'me' })
})

test('a connection is encrypted when it can be, and certainly when that is asked for', () => {
  const urlOf = (store: string, env = {}) => {
    const { at } = databaseAddress(store, { ...nobody, ...env })
    return 'url' in at ? Redacted.value(at.url) : undefined
  }
  expect(urlOf('postgres://me@db/name')).toBe('postgres://me@db:5432/name?sslmode=prefer')
  expect(urlOf('postgres://me@db/name', { PGSSLMODE: 'require' })).toBe('postgres://me@db:5432/name?sslmode=require')
  expect(urlOf('postgres://me@db/name?sslmode=verify-full')).toBe('postgres://me@db:5432/name?sslmode=verify-full')
})

test('the password is the address’s, then that of PGPASSWORD, then the first that fits in the file of passwords', async () => {
  const file = join(await temporaryFolder(), 'pgpass')
  writeFileSync(file, 'db:5432:name:you:wrong\ndb:5432:*:me:a\\:b\\\\c\n*:*:*:*:last\n', { mode: 0o600 })
  const env = { PGPASSFILE: file }
  expect(passwordOf('postgres://me:p%40ss@db/name', { ...env, PGPASSWORD: 'env' })).toBe('p@ss')
  expect(passwordOf('postgres://me@db/name', { ...env, PGPASSWORD: 'env' })).toBe('env')
  expect(passwordOf('postgres://me@db/name', env)).toBe('a:b\\c')
  expect(passwordOf('postgres://me@elsewhere/name', env)).toBe('last')
  expect(passwordOf('postgres://me@db/name', { PGPASSFILE: `${file}-none` })).toBeUndefined()
  chmodSync(file, 0o640)
  expect(() => passwordOf('postgres://me@db/name', env)).toThrow('can be read by others')
})

test.each([
  'postgres://me:secret@db',
  'postgres://me:secret@db:x/name',
  'postgres://me:se@cret@db/a/b',
  'postgres://me@db/name?password=secret',
])('what is wrong with %s is told without its password', (store) => {
  let problem: StoreProblem | undefined
  try {
    databaseAddress(store, nobody)
  } catch (cause) {
    problem = cause as StoreProblem
  }
  expect(problem?.kind).toBe('malformed')
  expect(problem?.message).not.toContain('cret')
})
