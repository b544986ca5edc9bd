/** The page's HTTP server: on the loopback interface, protected by a token. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Json } from '../../dsl/check/canonical.ts'
import { isProblem } from '../engine/problems.ts'
import { jsonText } from '../format/json.ts'
import { StoreProblem } from '../problem.ts'
import type { Asset } from './assets.ts'
import { type Context, Download } from './context.ts'
import { cookieFor, type Guard, isToken, type Refusal, refuseOtherOrigins, refuseUnknown, safeHeaders } from './guard.ts'
import { KeptAnswers } from './kept-answers.ts'
import { uiProblems } from './problems.ts'
import { Query } from './query.ts'
import { changes, kept, reads } from './routes.ts'

export interface Page {
  /** URL with the token, for the user who started the server. */
  readonly address: string
  readonly guard: Guard
  close(): Promise<void>
}

/** Most bytes in the body of a POST request. */
const mostBody = 64 * 1024

/** @param port 0 for any free port @throws LoadProblem if the port cannot be used */
export async function servePage(context: Context, assets: ReadonlyMap<string, Asset>, port: number): Promise<Page> {
  const token = randomBytes(24).toString('base64url')
  let guard: Guard = { port, token }
  const answers = new KeptAnswers((topics) => context.live.versionOf(topics))
  const server = createServer((request, response) => {
    answer({ context, assets, answers, guard }, request, response).catch((cause: unknown) => fail(response, cause))
  })
  // An open page needs one connection for events and a few for requests.
  server.maxConnections = 2000
  await listen(server, port)
  guard = { port: (server.address() as AddressInfo).port, token } // a TCP server has an AddressInfo
  return {
    address: `http://127.0.0.1:${guard.port}/#token=${token}`,
    guard,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', (cause) => failed(uiProblems.portTaken(port, cause.message)))
    server.listen(port, '127.0.0.1', () => done())
  })
}

const nothing = { status: 404, because: 'There is nothing here.' } as const
const wrongMethod = { status: 405, because: 'This address does not support this method.' } as const

interface Served {
  readonly context: Context
  readonly assets: ReadonlyMap<string, Asset>
  readonly answers: KeptAnswers
  readonly guard: Guard
}

async function answer({ context, assets, answers, guard }: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value)
  const { method = '', headers } = request
  const asked = { method, headers }
  const otherOrigin = refuseOtherOrigins(asked, guard)
  if (otherOrigin !== undefined) return refuse(response, otherOrigin)
  const url = new URL(request.url ?? '/', `http://127.0.0.1:${guard.port}`)
  const [, name] = /^\/api\/(.*)$/.exec(url.pathname) ?? []
  if (name === undefined) return sendAsset(assets, url.pathname, asked, response)
  if (name === 'session' && method === 'POST') {
    if (!isToken(Object(await bodyOf(request)).token, guard)) return refuse(response, { status: 401, because: 'The token is wrong.' })
    return void response.setHeader('set-cookie', cookieFor(guard)).end('{}')
  }
  const unknown = refuseUnknown(asked, guard)
  if (unknown !== undefined) return refuse(response, unknown)
  if (name === 'events' && method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return context.live.listen(response)
  }
  const [routes, others] = method === 'POST' ? [changes, reads] : [reads, changes]
  if (!Object.hasOwn(routes, name)) return refuse(response, Object.hasOwn(others, name) ? wrongMethod : nothing)
  const query = method === 'POST' ? Query.inBody(await bodyOf(request)) : Query.inAddress(url)
  const make = () => routes[name]!(context, query)
  const keeping = routes === reads && Object.hasOwn(kept, name) ? kept[name] : undefined
  if (keeping === undefined) return send(request, response, await make())
  sendJson(request, response, await answers.of(url.pathname + url.search, keeping, async () => bytesOf(await make())))
}

/** All addresses of the page serve the same file: views are routed in the browser. */
function sendAsset(assets: ReadonlyMap<string, Asset>, path: string, { method }: { method: string }, response: ServerResponse): void {
  const asset = assets.get(path) ?? (/\.\w+$/.test(path) ? undefined : assets.get('/'))
  if (method === 'POST' || asset === undefined) {
    refuse(response, asset === undefined ? nothing : wrongMethod)
    return
  }
  response.writeHead(200, { 'content-type': asset.type, 'cache-control': asset.lasting ? 'max-age=31536000, immutable' : 'no-cache' })
  response.end(method === 'HEAD' ? undefined : asset.content)
}

function send(request: IncomingMessage, response: ServerResponse, content: unknown): void {
  if (content instanceof Download) {
    const name = content.name.replaceAll(/[^\w.-]/g, '_')
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename="${name}"` })
    response.end(content.content)
    return
  }
  sendJson(request, response, bytesOf(content))
}

const bytesOf = (content: unknown): Buffer => Buffer.from(jsonText(content))

function sendJson(request: IncomingMessage, response: ServerResponse, content: Uint8Array): void {
  response.setHeader('content-type', 'application/json; charset=utf-8')
  // gzip makes graphs of thousands of stages ten times smaller, but is slower than sending small responses uncompressed over loopback.
  if (content.length < 1024 * 1024 || !/\bgzip\b/.test(String(request.headers['accept-encoding']))) return void response.end(content)
  response.setHeader('content-encoding', 'gzip')
  const packed = createGzip({ level: 1 })
  pipeline(packed, response, () => {})
  packed.end(content)
}

const refuse = (
  response: ServerResponse,
  { status, because }: { readonly status: Refusal['status'] | 404; readonly because: string },
): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(because)
}

function fail(response: ServerResponse, cause: unknown): void {
  if (response.headersSent) return void response.destroy()
  const told = isProblem(cause)
    ? { title: cause.title, facts: cause.facts, hint: cause.hint }
    : {
        title: 'The server of the page failed.',
        facts: [['because', cause instanceof Error ? cause.message : String(cause)]],
        hint: 'Reload the page. If that does not help, start it again: espalier ui',
      }
  response
    .writeHead(cause instanceof StoreProblem ? 404 : isProblem(cause) ? 400 : 500, { 'content-type': 'application/json; charset=utf-8' })
    .end(jsonText({ problem: told }))
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > mostBody) throw uiProblems.badQuery('The body', `JSON of at most ${mostBody} bytes`)
    parts.push(part as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw uiProblems.badQuery('The body', 'JSON')
  }
}
