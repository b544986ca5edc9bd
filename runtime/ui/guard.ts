/**
 * Who may ask. The server listens on the loopback interface alone, but pages of any site that a browser shows can reach that: what comes
 * under another name (DNS rebinding) or from another origin is refused, and so is whoever does not have the token.
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

/** What is allowed to be loaded and done in the page: its own scripts and answers, and nothing of anybody else. */
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

/** Of everything, the page's own files included: these hold no secret. */
export function refuseOtherOrigins({ method, headers }: Asked, { port }: Guard): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!hosts.includes(headers.host ?? '')) return { status: 403, because: 'It was asked for under another name.' }
  if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`))
    return { status: 403, because: 'A page of another origin asks.' }
  if (!['GET', 'HEAD', 'POST'].includes(method)) return { status: 405, because: `There is nothing to ${method}.` }
  return undefined
}

/** Of everything that tells of a store. */
export function refuseUnknown({ method, headers }: Asked, guard: Guard): Refusal | undefined {
  // A browser says where a request comes from; other programs need not.
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return { status: 403, because: 'A page of another site asks.' }
  if (method === 'POST' && headers.origin === undefined) return { status: 403, because: 'Changes are made from the page alone.' }
  const shown = cookiesIn(headers.cookie).get(cookieName(guard)) ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  return isToken(shown, guard) ? undefined : { status: 401, because: 'The token is missing or another one.' }
}

/** Compared in a time that does not tell how much of it is right. */
export const isToken = (given: unknown, { token }: Guard): boolean =>
  typeof given === 'string' && timingSafeEqual(digestOf(given), digestOf(token))

/** Not sent along from other sites, and not to be read by scripts. Cookies do not know ports: its name does. */
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
