/** A hub on this machine: lists files of one data set by revision, and serves them in part or whole. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { listening } from '../../test-server.ts'

export interface Hub {
  readonly url: string
  /** Content by revision and path; what is listed, and what is served instead when that is something else. */
  readonly files: { [revision: string]: { [path: string]: Uint8Array } }
  served: { [path: string]: Uint8Array }
  /** Paths that were asked for whole. */
  readonly sent: string[]
}

export async function startHub(files: Hub['files']): Promise<Hub> {
  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url!.split('?')[0]!)
    const [, listed] = /^\/api\/datasets\/toys\/shapes\/tree\/(.+)$/.exec(url) ?? []
    const [, revision, path] = /^\/datasets\/toys\/shapes\/resolve\/(main|refs\/convert\/parquet)\/(.+)$/.exec(url) ?? []
    if (listed !== undefined && hub.files[listed] !== undefined) {
      const entries = Object.entries(hub.files[listed]).map(([path, content]) => ({
        type: 'file',
        path,
        size: content.length,
        oid: '0',
        lfs: { oid: createHash('sha256').update(content).digest('hex'), size: content.length, pointerSize: 130 },
      }))
      response.setHeader('content-type', 'application/json').end(JSON.stringify(entries))
      return
    }
    const whole = revision === undefined || path === undefined ? undefined : hub.files[revision]?.[path]
    if (whole === undefined || path === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Repository not found"}')
      return
    }
    const content = hub.served[path] ?? whole
    response.setHeader('etag', '"1"')
    if (request.headers.range === 'bytes=0-0') {
      response.writeHead(206, { 'content-range': `bytes 0-0/${whole.length}` }).end(content.subarray(0, 1))
      return
    }
    hub.sent.push(path)
    response.end(content)
  })
  const hub: Hub = { url: await listening(server), files, served: {}, sent: [] }
  return hub
}
