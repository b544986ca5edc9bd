/** A receiver of OTLP over HTTP and JSON, as small as one can be. */
import { createServer } from 'node:http'
import { freePort } from '../../../loopback.ts'
import { listening } from '../../../test-server.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: readonly { readonly name: string }[]
  /** Without their `espalier.`. */
  readonly attributes: { readonly [name: string]: string | number | boolean }
}

export interface Receiver {
  readonly url: string
  readonly paths: string[]
  readonly services: Set<unknown>
  readonly spans: Span[]
}

type Value = {
  readonly stringValue?: string
  readonly intValue?: string | number
  readonly doubleValue?: number
  readonly boolValue?: boolean
}
type KeyValues = readonly { readonly key: string; readonly value: Value }[]
interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: KeyValues }
    readonly scopeSpans: readonly { readonly spans: readonly (Omit<Span, 'attributes'> & { readonly attributes: KeyValues })[] }[]
  }[]
}

const plain = (list: KeyValues) =>
  Object.fromEntries(
    list.map(({ key, value }) => [
      key.replace(/^espalier\./, ''),
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  )

/** @param answer the status of its answers; 'never' leaves them open */
export async function receiver(answer: number | 'never' = 200): Promise<Receiver> {
  const got: Receiver & { url: string } = { url: '', paths: [], services: new Set(), spans: [] }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      got.paths.push(request.url!)
      for (const { resource, scopeSpans } of (JSON.parse(body) as Traces).resourceSpans) {
        got.services.add(plain(resource.attributes)['service.name'])
        for (const span of scopeSpans.flatMap(({ spans }) => spans)) got.spans.push({ ...span, attributes: plain(span.attributes) })
      }
      if (answer !== 'never') response.writeHead(answer).end()
    })
  })
  got.url = await listening(server)
  return got
}

/** An address on which nobody listens. */
export const nobody = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`
