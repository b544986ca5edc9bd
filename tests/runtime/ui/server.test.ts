import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Live } from '../../../runtime/ui/live.ts'
import { servePage } from '../../../runtime/ui/server.ts'
import { keep, runOf } from '../store/stored.ts'
import { temporaryStore } from '../store/temporary-store.ts'

async function served() {
  const store = await temporaryStore()
  const live = new Live([store], undefined)
  const index = { content: Buffer.from('<!doctype html>'), type: 'text/html', lasting: false }
  const page = await servePage({ stores: [store], project: undefined, live }, new Map([['/', index]]), 0)
  onTestFinished(async () => {
    live.close()
    await page.close()
  })
  const { port, token } = page.guard
  const ask = (path: string, { method = 'GET', headers = {}, body = '' }: Asked = {}) =>
    new Promise<Answered>((done, failed) => {
      const sent = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () => done({ status: response.statusCode!, headers: response.headers, text }))
      })
      sent.on('error', failed)
      sent.end(body)
    })
  const known = { authorization: `Bearer ${token}` }
  return { store, port, token, ask, known, origin: `http://127.0.0.1:${port}` }
}

interface Asked {
  readonly method?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
}
interface Answered {
  readonly status: number
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly text: string
}

test('what tells of a store is for whoever has the token', async () => {
  const { ask, known, token } = await served()
  expect((await ask('/api/runs')).status).toBe(401)
  expect((await ask('/api/events')).status).toBe(401)
  expect((await ask('/api/runs', { headers: { authorization: `Bearer ${token.slice(1)}a` } })).status).toBe(401)
  expect((await ask('/api/runs', { headers: known })).status).toBe(200)
})

test('the page itself holds no secret and runs no script but its own', async () => {
  const { ask } = await served()
  const { status, headers } = await ask('/stage/abc')
  expect(status).toBe(200)
  expect(headers['content-security-policy']).toContain("script-src 'self';")
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['content-security-policy']).toContain("connect-src 'self'")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})

test('a name that was bound to this machine from outside is refused, page and all', async () => {
  const { ask, known, port } = await served()
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `[::1]:${port}`]) {
    expect((await ask('/', { headers: { host } })).status).toBe(403)
    expect((await ask('/api/runs', { headers: { ...known, host } })).status).toBe(403)
  }
  expect((await ask('/api/runs', { headers: { ...known, host: `localhost:${port}` } })).status).toBe(200)
})

test('another origin is refused, whatever it shows', async () => {
  const { ask, known, origin } = await served()
  for (const other of ['http://evil.example', 'null', origin.replace('http:', 'https:'), origin.replace(/\d+$/, '1')])
    expect((await ask('/api/runs', { headers: { ...known, origin: other } })).status).toBe(403)
  expect((await ask('/api/runs', { headers: { ...known, 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
  expect((await ask('/api/runs', { headers: { ...known, origin, 'sec-fetch-site': 'same-origin' } })).status).toBe(200)
})

test('the token becomes a cookie that other sites do not send and scripts do not see', async () => {
  const { ask, token, origin } = await served()
  const shown = (given: unknown) => ask('/api/session', { method: 'POST', headers: { origin }, body: JSON.stringify({ token: given }) })
  expect((await shown('another')).status).toBe(401)
  expect((await shown(42)).status).toBe(401)
  const { headers } = await shown(token)
  const [cookie] = headers['set-cookie'] as readonly string[]
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
  expect((await ask('/api/runs', { headers: { cookie: cookie!.split(';')[0]! } })).status).toBe(200)
})

test('no address leads to a file', async () => {
  const { ask, known, store } = await served()
  const ways = [
    '/../package.json',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd.txt',
    `/${store.location}/index.sqlite`,
  ]
  for (const way of ways) expect((await ask(way, { headers: known })).text).not.toMatch(/root:|"name"|SQLite/)
  const objects = ['../../etc/passwd', 'sha256:../../../etc/passwd', `sha256:${'A'.repeat(64)}`, `sha256:${'0'.repeat(63)}/`]
  for (const digest of objects) {
    const { status, text } = await ask(`/api/object?digest=${encodeURIComponent(digest)}`, { headers: known })
    expect(status).toBe(400)
    expect(text).toContain('64 hex digits')
  }
  expect((await ask('/api/log?key=../../../../etc/passwd', { headers: known })).status).toBe(400)
  expect((await ask('/api/__proto__', { headers: known })).status).toBe(404)
  expect((await ask('/api/constructor', { headers: known })).status).toBe(404)
})

test('reads are reads: nothing else is answered, and pins come from the page alone', async () => {
  const { ask, known, origin, store } = await served()
  const { key } = await keep(store, 'dense/train')
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
    expect((await ask('/api/runs', { method, headers: known })).status).toBe(405)
  expect((await ask('/api/runs', { method: 'POST', headers: { ...known, origin }, body: '{}' })).status).toBe(405)
  expect((await ask('/api/pin', { headers: known })).status).toBe(405)
  const pin = { method: 'POST', body: JSON.stringify({ key, pinned: true }) }
  expect((await ask('/api/pin', { ...pin, headers: known })).status).toBe(403)
  expect(await store.pins.all()).toEqual([])
  expect((await ask('/api/pin', { ...pin, headers: { ...known, origin } })).status).toBe(200)
  expect(await store.pins.all()).toEqual([key])
})

test('what is asked is checked, and a body ends somewhere', async () => {
  const { ask, known, origin } = await served()
  for (const query of ['from=-1', 'from=1e9', 'most=501', 'sort=constructor', `text=${'x'.repeat(1001)}`, 'store=1'])
    expect((await ask(`/api/runs?${query}`, { headers: known })).status, query).toBe(400)
  const large = JSON.stringify({ key: 'x'.repeat(100_000) })
  expect((await ask('/api/pin', { method: 'POST', headers: { ...known, origin }, body: large })).status).toBe(400)
  expect((await ask('/api/pin', { method: 'POST', headers: { ...known, origin }, body: '{' })).status).toBe(400)
})

test('runs and stages are told in pages, with what differs from the nearest other result', async () => {
  const { ask, known, store } = await served()
  const stages = [await keep(store, 'dense/train', { epochs: 3 }), await keep(store, 'dense/train', { epochs: 4 })]
  for (let i = 0; i < 3; i++) await runOf(store, stages.slice(0, 1))
  await runOf(store, stages.slice(1), { end: false })
  const told = async (path: string) => JSON.parse((await ask(path, { headers: known })).text)
  expect(await told('/api/runs?most=2')).toMatchObject({
    total: 4,
    runs: [
      { id: 4, status: 'running' },
      { id: 3, status: 'done' },
    ],
  })
  expect(await told('/api/runs?status=done&sort=oldest&from=1')).toMatchObject({ total: 3, runs: [{ id: 2 }, { id: 3 }] })
  expect(await told('/api/run-graph?run=3')).toMatchObject({
    target: 'default',
    stages: [{ path: 'dense/train', key: stages[0]!.key, state: 'done' }],
    edges: [],
  })
  expect(await told('/api/run?run=4')).toMatchObject({ stages: { total: 1, stages: [{ path: 'dense/train', outcome: 'run' }] } })
  const stage = await told(`/api/stage?stage=${stages[1]!.key}`)
  expect(stage.why.differences).toMatchObject([{ says: 'epochs 3 → 4' }])
  expect(stage.options).toContainEqual({ name: 'epochs', value: 4, standard: false })
  expect(stage.options).toContainEqual({ name: 'labelSmoothing', value: 0, standard: true })
  expect(stage).not.toHaveProperty('stage.curves')
})

test('a curve of many points comes as the means of neighbours with their extremes', async () => {
  const { ask, known, store } = await served()
  const { key } = await keep(store, 'dense/train')
  const points = Array.from({ length: 6000 }, (_, step) => ({ series: 'train/loss', step, value: step % 3 }))
  await store.results.putMetrics(key, points)
  const { text } = await ask(`/api/curve?key=${key}&series=train/loss`, { headers: known })
  const curve = JSON.parse(text)
  expect(curve.points).toBe(6000)
  expect(curve.steps.length).toBe(2000)
  expect(curve.mean.slice(0, 3)).toEqual([1, 1, 1])
  expect([curve.low[0], curve.high[0]]).toEqual([0, 2])
})

test('listeners get events of runs: their beginning, progress and end', async () => {
  const { store, port, known } = await served()
  const heard: string[] = []
  const sent = request({ port, host: '127.0.0.1', path: '/api/events', headers: known }, (response) => {
    response.setEncoding('utf8')
    response.on('data', (part) => heard.push(part))
  })
  sent.end()
  onTestFinished(() => void sent.destroy())
  const says = async (text: RegExp) => expect.poll(() => heard.join(''), { interval: 20, timeout: 5000 }).toMatch(text)
  await says(/retry/)
  const stages = [await keep(store, 'dense/train')]
  await runOf(store, stages, { end: false })
  await says(/"told":"changed".*"runs"/)
  await says(/"told":"live","runs":\[\{"store":0,"run":1/)
  await says(/"counts":\{"hit":0,"done":1/)
})

test('tags and notes are kept with the run, found by, and offered', async () => {
  const { ask, known, origin, store } = await served()
  const stages = [await keep(store, 'dense/train')]
  for (let i = 0; i < 2; i++) await runOf(store, stages)
  const body = JSON.stringify({ run: 1, tags: ' paper, paper,baseline ', note: 'for section 3' })
  expect((await ask('/api/remark', { method: 'POST', headers: { ...known, origin }, body })).status).toBe(200)
  const told = async (query: string) => JSON.parse((await ask(`/api/runs?${query}`, { headers: known })).text)
  expect(await told('tag=paper')).toMatchObject({ total: 1, runs: [{ id: 1, tags: ['paper', 'baseline'], note: 'for section 3' }] })
  expect(await told('text=SECTION')).toMatchObject({ total: 1, tags: ['baseline', 'paper'] })
  expect(await told('tag=other')).toMatchObject({ total: 0 })
})
