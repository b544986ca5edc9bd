/**
 * Access control. The server listens on the loopback interface only, but any web page in a browser can send requests there. Requests under
 * another host name (DNS rebinding), from another origin, or without the token are rejected.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Guard {
  readonly port: number
  readonly token: string
}

export interface Asked {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

export interface Refusal {
  readonly status: 401 | 403 | 405
  readonly because: string
}

/** Content Security Policy: the page loads only its own scripts and data. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // Observable Plot and uPlot set styles of elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const safeHeaders: { readonly [name: string]: string } = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** For all requests, including the page's own files, which contain no secrets. */
export function refuseOtherOrigins({ method, headers }: Asked, { port }: Guard): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!hosts.includes(headers.host ?? '')) return { status: 403, because: 'The host name of the request is not that of this server.' }
  if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`))
    return { status: 403, because: 'Requests from other origins are not allowed.' }
  if (!['GET', 'HEAD', 'POST'].includes(method)) return { status: 405, because: `The method ${method} is not supported.` }
  return undefined
}

/** For requests that read or change a store. */
export function refuseUnknown({ method, headers }: Asked, guard: Guard): Refusal | undefined {
  // Browsers send Sec-Fetch-Site; other programs need not.
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, because: 'Requests from other sites are not allowed.' }
  if (method === 'POST' && headers.origin === undefined) return { status: 403, because: 'Changes are only accepted from the page.' }
  const shown = cookiesIn(headers.cookie).get(cookieName(guard)) ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  return isToken(shown, guard) ? undefined : { status: 401, because: 'The token is missing or wrong.' }
}

/** In constant time, so that the duration does not reveal a partial match. */
export const isToken = (given: unknown, { token }: Guard): boolean =>
  typeof given === 'string' && timingSafeEqual(digestOf(given), digestOf(token))

/** Not sent with cross-site requests, and not readable by scripts. Cookies are shared between ports, so its name contains the port. */
export const cookieFor = (guard: Guard): string => `${cookieName(guard)}=${guard.token}; HttpOnly; SameSite=Strict; Path=/`

const cookieName = ({ port }: Guard): string => `espalier-${port}`
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

function cookiesIn(header = ''): ReadonlyMap<string, string> {
  return new Map(
    header.split(';').flatMap((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()] as const]
    }),
  )
}
