/**
 * Minimal S3 client for any compatible server: put, get, head, list, delete. Signed by aws4fetch; transient failures are retried. The
 * server verifies uploads against a checksum; downloads are checked for length here, and objects against their digest by the caller.
 */
import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import * as Data from 'effect/Data'
import * as Duration from 'effect/Duration'
import * as Effect from 'effect/Effect'
import * as Redacted from 'effect/Redacted'
import * as Schedule from 'effect/Schedule'
import { sha256 } from '../../format/hash.ts'
import { StoreProblem } from '../../problem.ts'
import type { S3Address } from './address.ts'
import { s3Problems } from './problems.ts'

export interface StoredBlob {
  /** Relative to the prefix. */
  readonly name: string
  readonly bytes: number
  /** Unix milliseconds, rounded down to seconds: some responses contain no more. */
  readonly changed: number
  /** Hash of the ETag: changes with the content. */
  readonly stamp: number
}

/**
 * Exponential backoff from 200 ms to 5 s, with jitter. A server that has responded before may be restarting: 20 retries, about 80 s. One
 * that never has is probably misconfigured: 8 retries, about 20 s.
 */
export const patience = (answered: boolean) =>
  Schedule.exponential('200 millis').pipe(
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.seconds(5)))),
    Schedule.jittered,
    Schedule.upTo({ times: answered ? 20 : 8 }),
  )

/** Transient failure: a retry may succeed. */
export class Passing extends Data.TaggedError('Passing')<{ readonly says: string }> {}

/** Bytes: content larger than `single` is uploaded in parts of size `part`, or larger ones to stay below the maximum number of parts. */
export interface Sizes {
  readonly single: number
  readonly part: number
}
const standardSizes: Sizes = { single: 64 * 2 ** 20, part: 32 * 2 ** 20 }
const mostParts = 9000

interface Sent {
  readonly method: string
  /** Relative to the prefix. */
  readonly name: string
  readonly query?: { readonly [name: string]: string }
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Uint8Array
  /** Error statuses that the caller handles; other errors throw. Success statuses are always accepted. */
  readonly answers?: readonly number[]
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

export class S3Client {
  readonly #address: S3Address
  readonly #aws: AwsClient
  readonly #sizes: Sizes
  /** Whether the server has ever responded. */
  #answered = false

  constructor(address: S3Address, sizes: Sizes = standardSizes) {
    const { region, credentials } = address
    this.#address = address
    this.#sizes = sizes
    this.#aws = new AwsClient({ ...Redacted.value(credentials), service: 's3', region, retries: 0 })
  }

  /** Name for display, and for `remove`. */
  fileOf(name: string): string {
    return `${this.#address.shown}/${name}`
  }

  /** @param ifAbsent do not overwrite, where the server supports conditional writes @returns false if it existed already */
  async put(name: string, content: Uint8Array, { ifAbsent = false } = {}): Promise<boolean> {
    const condition = ifAbsent ? { 'if-none-match': '*' } : {}
    if (content.byteLength > this.#sizes.single) return this.#putInParts(name, content, condition)
    const { status } = await this.#ask({ method: 'PUT', name, body: content, headers: condition, answers: [412] })
    return status !== 412
  }

  /** Undefined when missing. @param range offset and length, in bytes */
  async get(name: string, range?: { readonly at: number; readonly bytes: number }): Promise<Buffer | undefined> {
    const headers = range === undefined ? {} : { range: `bytes=${range.at}-${range.at + range.bytes - 1}` }
    const { status, body } = await this.#ask({ method: 'GET', name, headers, answers: [404, 416] })
    if (status === 404) return undefined
    if (status === 416) return Buffer.alloc(0)
    return range !== undefined && status === 200 ? body.subarray(range.at, range.at + range.bytes) : body
  }

  /** Metadata only; undefined when missing. */
  async look(name: string): Promise<StoredBlob | undefined> {
    const { status, headers } = await this.#ask({ method: 'HEAD', name, answers: [404] })
    return status === 404
      ? undefined
      : {
          name,
          bytes: Number(headers.get('content-length')),
          changed: wholeSecond(headers.get('last-modified')),
          stamp: stampOf(headers.get('etag')),
        }
  }

  /** All blobs whose names begin with this prefix. */
  async list(beginning: string): Promise<readonly StoredBlob[]> {
    const { prefix } = this.#address
    const found: StoredBlob[] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query: Record<string, string> = {
        'list-type': '2',
        prefix: prefix + beginning,
        ...(token === '' ? {} : { 'continuation-token': token }),
      }
      const text: string = (await this.#ask({ method: 'GET', name: '', query })).body.toString('utf8')
      for (const [, entry] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const key = textIn(entry!, 'Key') ?? ''
        if (key.startsWith(prefix))
          found.push({
            name: key.slice(prefix.length),
            bytes: Number(textIn(entry!, 'Size')),
            changed: wholeSecond(textIn(entry!, 'LastModified')),
            stamp: stampOf(textIn(entry!, 'ETag')),
          })
      }
      token = textIn(text, 'IsTruncated') === 'true' ? textIn(text, 'NextContinuationToken') : undefined
    }
    return found
  }

  /** Not an error when missing. */
  async remove(name: string): Promise<void> {
    await this.#ask({ method: 'DELETE', name, answers: [404] })
  }

  async #putInParts(name: string, content: Uint8Array, condition: { readonly [name: string]: string }): Promise<boolean> {
    const size = Math.max(this.#sizes.part, Math.ceil(content.byteLength / mostParts))
    const begun = await this.#ask({ method: 'POST', name, query: { uploads: '' } })
    const uploadId = textIn(begun.body.toString('utf8'), 'UploadId') ?? ''
    try {
      const parts: string[] = []
      for (let at = 0, partNumber = 1; at < content.byteLength; at += size, partNumber++) {
        const query = { partNumber: String(partNumber), uploadId }
        const { headers } = await this.#ask({ method: 'PUT', name, query, body: content.subarray(at, at + size) })
        parts.push(`<Part><PartNumber>${partNumber}</PartNumber><ETag>${escaped(headers.get('etag') ?? '')}</ETag></Part>`)
      }
      const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
      const { status } = await this.#ask({ method: 'POST', name, query: { uploadId }, body, headers: condition, answers: [412] })
      if (status === 412) await this.#ask({ method: 'DELETE', name, query: { uploadId }, answers: [404] })
      return status !== 412
    } catch (cause) {
      await this.#ask({ method: 'DELETE', name, query: { uploadId }, answers: [404] }).catch(() => {}) // the first error says more
      throw cause
    }
  }

  #ask(sent: Sent): Promise<Answer> {
    const { shown, endpoint } = this.#address
    const tried = Effect.tryPromise({ try: (signal) => this.#once(sent, signal), catch: (cause) => cause })
    return Effect.runPromise(
      Effect.retry(tried, { while: (cause) => cause instanceof Passing, schedule: patience(this.#answered) }).pipe(
        Effect.mapError((cause) => (cause instanceof Passing ? s3Problems.unreachable(shown, endpoint, cause.says) : cause)),
      ),
    )
  }

  async #once({ method, name, query = {}, headers = {}, body, answers = [] }: Sent, interrupted: AbortSignal): Promise<Answer> {
    const { url, prefix, shown, endpoint } = this.#address
    const address = new URL(name === '' ? url : url + prefix + name)
    for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value)
    const patient = AbortSignal.timeout(timeoutOf({ method, name, body }))
    try {
      const signed = await this.#aws.sign(address.href, {
        method,
        headers: { ...headers, ...(body === undefined ? { 'x-amz-content-sha256': emptySum } : sumsOf(body)) },
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }), // never a SharedArrayBuffer
      })
      const response = await fetch(signed, { signal: AbortSignal.any([interrupted, patient]) })
      const { status } = response
      this.#answered ||= status < 500
      const content = Buffer.from(await response.arrayBuffer())
      if (response.ok) return { status, headers: response.headers, body: wholeOf(content, response, method) }
      const text = content.toString('utf8')
      const code = textIn(text, 'Code') ?? ''
      if (code === 'NoSuchBucket') throw s3Problems.noBucket(shown, endpoint)
      if (answers.includes(status)) return { status, headers: response.headers, body: content }
      const says = [code, textIn(text, 'Message') ?? `status ${status}`].filter(Boolean).join(': ')
      if (status === 401 || status === 403) throw s3Problems.refused(shown, says)
      if (status >= 500 || status === 429 || status === 408 || status === 409) throw new Passing({ says })
      throw s3Problems.unreachable(shown, endpoint, says)
    } catch (cause) {
      if (cause instanceof Passing || cause instanceof StoreProblem) throw cause
      throw new Passing({ says: wordsOf(cause) })
    }
  }
}

/** Milliseconds: 30 s, and the time that the body, or an object of 256 MiB that is read, takes at 2 Mbit/s. */
export function timeoutOf({ method, name, body }: Pick<Sent, 'method' | 'name'> & { readonly body?: Uint8Array | undefined }): number {
  const bytes = body?.byteLength ?? (method === 'GET' && name !== '' ? 256 * 2 ** 20 : 0)
  return 30_000 + Math.ceil(bytes / 250)
}

const emptySum = createHash('sha256').digest('hex')

/** With these headers the server rejects content that was corrupted in transit. */
function sumsOf(body: Uint8Array): { readonly [header: string]: string } {
  const sum = createHash('sha256').update(body).digest()
  return { 'x-amz-content-sha256': sum.toString('hex'), 'x-amz-checksum-sha256': sum.toString('base64') }
}

function wholeOf(content: Buffer, { headers }: Response, method: string): Buffer {
  const length = headers.get('content-length')
  const isCut = method === 'GET' && length !== null && headers.get('content-encoding') === null && Number(length) !== content.byteLength
  if (isCut) throw new Passing({ says: `${content.byteLength} of ${length} bytes came` })
  return content
}

/** fetch wraps the actual error as its cause. */
function wordsOf(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined
  if (inner instanceof AggregateError) return inner.errors.map(String).join('; ')
  return inner instanceof Error ? inner.message : cause instanceof Error ? cause.message : String(cause)
}

const wholeSecond = (time: string | null | undefined): number => Math.floor(Date.parse(time ?? '') / 1000) * 1000
/** As an integer that a double represents exactly: the first 48 bits of a hash. */
const stampOf = (etag: string | null | undefined): number => Number.parseInt(sha256(etag?.replaceAll('"', '') ?? '').slice(0, 12), 16)

const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text of the first element with this name, entities decoded. A regular expression suffices: these responses contain no other markup. */
function textIn(xml: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(xml)?.[1]
  return text?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) =>
    hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : (entities[name] ?? all),
  )
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
