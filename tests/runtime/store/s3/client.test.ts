import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s3Address } from '../../../../runtime/store/s3/address.ts'
import { S3Client } from '../../../../runtime/store/s3/client.ts'
import { listening } from '../../../test-server.ts'
import { moto, prepareMoto, type S3Server, s3rver } from './servers.ts'

const noMoto = await prepareMoto()
const content = (bytes: number) => Buffer.alloc(bytes, 'abc')

describe.each([
  ['s3rver', s3rver, undefined],
  ['moto', moto, noMoto],
] as const)('a client of %s', (name, start, none) => {
  let server: S3Server | undefined
  beforeAll(async () => {
    if (none === undefined) server = await start()
  }, 60_000)
  afterAll(() => server?.stop())
  const clientAt = (prefix: string, sizes?: ConstructorParameters<typeof S3Client>[1]) =>
    new S3Client(s3Address(`s3://${server!.bucket}/${prefix}`, { HOME: '/nowhere', ...server!.env }), sizes)
  const it = test.skipIf(none !== undefined)

  it(`gives back what was put, whole and in part${none === undefined ? '' : ` (${none})`}`, async () => {
    const client = clientAt('a/b')
    expect(await client.put('objects/one', content(1000))).toBe(true)
    expect(await client.get('objects/one')).toEqual(content(1000))
    expect(await client.get('objects/one', { at: 1, bytes: 2 })).toEqual(Buffer.from('bc'))
    expect(await client.look('objects/one')).toMatchObject({ name: 'objects/one', bytes: 1000 })
    expect(Math.abs((await client.look('objects/one'))!.changed - Date.now())).toBeLessThan(60_000)
    await client.remove('objects/one')
    await client.remove('objects/one')
    expect([await client.get('objects/one'), await client.look('objects/one')]).toEqual([undefined, undefined])
  })

  it('tells another content apart from outside, in the same words however it is asked', async () => {
    const client = clientAt('stamps')
    await client.put('x', content(10))
    const before = await client.look('x')
    expect(await client.list('')).toEqual([before])
    await client.put('x', Buffer.alloc(10, 'z'))
    expect((await client.look('x'))?.stamp).not.toBe(before?.stamp)
  })

  // s3rver deciphers its own tokens with DES, which OpenSSL 3 does not have.
  it(`lists all there is, ${name === 's3rver' ? '' : 'also past a thousand, '}and nothing of its neighbours`, async () => {
    const [client, other] = [clientAt('many'), clientAt('many-too')]
    await other.put('objects/foreign', content(1))
    const names = Array.from({ length: name === 's3rver' ? 20 : 1003 }, (_, i) => `objects/${String(i).padStart(4, '0')}`)
    for (let i = 0; i < names.length; i += 50) await Promise.all(names.slice(i, i + 50).map((each) => client.put(each, content(1))))
    expect((await client.list('objects/')).map((blob) => blob.name)).toEqual(names)
    expect(await client.list('nothing/')).toEqual([])
  })

  it('puts what is large in parts', async () => {
    const client = clientAt('parts', { single: 6 * 2 ** 20, part: 5 * 2 ** 20 })
    const large = Buffer.alloc(12 * 2 ** 20, 'parts ')
    expect(await client.put('large', large)).toBe(true)
    expect((await client.get('large'))?.equals(large)).toBe(true)
    expect(await client.get('large', { at: 7 * 2 ** 20, bytes: 6 })).toEqual(large.subarray(7 * 2 ** 20, 7 * 2 ** 20 + 6))
  })

  test.skipIf(none !== undefined || name !== 'moto')('writes nothing over when it is not to', async () => {
    const client = clientAt('once')
    expect(await client.put('x', content(1), { ifAbsent: true })).toBe(true)
    expect(await client.put('x', content(2), { ifAbsent: true })).toBe(false)
    expect(await client.get('x')).toEqual(content(1))
  })

  it('says which bucket is missing', async () => {
    const client = new S3Client(s3Address('s3://no-such-bucket/x', { HOME: '/nowhere', ...server!.env }))
    await expect(client.put('x', content(1))).rejects.toMatchObject({ title: 'The server has no bucket of this name.' })
    await expect(client.list('')).rejects.toMatchObject({ title: 'The server has no bucket of this name.' })
  })

  // s3rver knows keys and checks no signature.
  it('says when the credentials are wrong, and does not say what they are', async () => {
    const wrong = name === 's3rver' ? { AWS_ACCESS_KEY_ID: 'canary-of-s3' } : { AWS_SECRET_ACCESS_KEY: 'canary-of-s3' }
    const client = new S3Client(s3Address('s3://bucket/x', { HOME: '/nowhere', ...server!.env, ...wrong }))
    const refused = await client.put('x', content(1)).catch((cause: unknown) => cause as Error)
    expect(refused).toMatchObject({ title: expect.stringContaining('does not accept these credentials') })
    expect(String((refused as Error).message)).not.toContain('canary')
  })
})

describe('a client of a server that fails', () => {
  /** Answers the requests with these, one after the other. @returns a client, and how many came */
  async function against(answers: readonly ((request: IncomingMessage, response: ServerResponse) => void)[]) {
    let requests = 0
    const server = createServer((request, response) => {
      request.resume()
      answers[Math.min(requests++, answers.length - 1)]!(request, response)
    })
    const env = {
      HOME: '/nowhere',
      ESPALIER_S3_ENDPOINT: await listening(server),
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'canary-of-s3',
    }
    return { client: new S3Client(s3Address('s3://bucket/x', env)), requests: () => requests }
  }
  const error = (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(500).end('<Error><Code>InternalError</Code></Error>')
  const cut = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('half', () => response.destroy())
  }
  const gone = (request: IncomingMessage) => void request.socket.destroy()
  const whole = (_: IncomingMessage, response: ServerResponse) => void response.end('ten  bytes')

  test('tries again what was answered with an error, cut short, or not answered', async () => {
    const { client, requests } = await against([error, cut, gone, whole])
    expect((await client.get('a'))?.toString()).toBe('ten  bytes')
    expect(requests()).toBe(4)
  })

  test('does not try again what the server refuses', async () => {
    const { client, requests } = await against([
      (_, response) => void response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no &amp; no</Message></Error>'),
    ])
    await expect(client.get('a')).rejects.toMatchObject({ message: expect.stringContaining('AccessDenied: no & no') })
    expect(requests()).toBe(1)
  })
})
