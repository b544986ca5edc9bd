import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as Redacted from 'effect/Redacted'
import { expect, test } from 'vitest'
import { s3Address } from '../../../../runtime/store/s3/address.ts'
import { s3Place } from '../../../../runtime/store/s3/shared-place.ts'
import { temporaryFolder } from '../temporary-store.ts'

const keys = { HOME: '/nowhere', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'canary' }

test('a bucket is at AWS in its region, or at the server that is named', () => {
  expect(s3Address('s3://bucket/a/b/', keys)).toMatchObject({
    url: 'https://s3.us-east-1.amazonaws.com/bucket/',
    prefix: 'a/b/',
    shown: 's3://bucket/a/b',
  })
  expect(s3Address('s3://bucket', { ...keys, AWS_REGION: 'eu-north-1' })).toMatchObject({
    url: 'https://s3.eu-north-1.amazonaws.com/bucket/',
    prefix: '',
  })
  const named = { ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2' }
  expect(s3Address('s3://bucket', named).endpoint).toBe('http://127.0.0.1:2')
  expect(s3Address('s3://bucket', { ...named, ESPALIER_S3_ENDPOINT: 'http://127.0.0.1:3' }).endpoint).toBe('http://127.0.0.1:3')
})

test('credentials are those of the environment, or of a part of the file that nobody else can read', async () => {
  const of = (env: NodeJS.ProcessEnv) => Redacted.value(s3Address('s3://bucket', env).credentials)
  expect(of({ ...keys, AWS_SESSION_TOKEN: 't' })).toEqual({ accessKeyId: 'id', secretAccessKey: 'canary', sessionToken: 't' })
  const file = join(await temporaryFolder(), 'credentials')
  writeFileSync(
    file,
    '[default]\naws_access_key_id = a\naws_secret_access_key=b\n[other]\naws_access_key_id=c\naws_secret_access_key = d=\n',
    {
      mode: 0o600,
    },
  )
  const env = { HOME: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: file }
  expect(of(env)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b' })
  expect(of({ ...env, AWS_PROFILE: 'other' })).toEqual({ accessKeyId: 'c', secretAccessKey: 'd=' })
  expect(() => of({ ...env, AWS_PROFILE: 'none' })).toThrow('no credentials for S3')
  chmodSync(file, 0o644)
  expect(() => of(env)).toThrow('can be read by others')
})

test.each(['s3://', 's3://Bucket/x', 's3://b/x', 's3://bucket/../x', 's3://bucket/a//b', 's3://bucket/a b', 's3://user:canary@bucket/x'])(
  '%s is no place in S3, and nothing of a password is told',
  (place) => {
    expect(() => s3Address(place, keys)).toThrow('not the address of a place in S3')
    expect(() => s3Address(place, keys)).not.toThrow('canary')
  },
)

test('an address does not show its credentials, however it is printed', () => {
  const address = s3Address('s3://bucket', keys)
  expect(JSON.stringify(address) + String(address.credentials)).not.toContain('canary')
})

test('a size of the cache that is no number is refused, not taken for the default', async () => {
  const home = await temporaryFolder()
  const place = (ESPALIER_OBJECT_CACHE: string) => () => s3Place('s3://bucket', home, { ...keys, ESPALIER_OBJECT_CACHE })
  for (const wrong of ['abc', '-1', '2 GB', 'Infinity', ' '])
    expect(place(wrong)).toThrow(/cache for objects of S3 is not a number.*megabytes/s)
  for (const right of ['', '0', '2000', '1e3']) expect(place(right)).not.toThrow()
})
