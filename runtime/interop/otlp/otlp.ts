/**
 * Sends the spans of runs to an OpenTelemetry receiver (OTLP over HTTP, JSON). The receiver does not affect the
 * run: spans are sent in the background, and a receiver that is down or slow costs at most `flushSeconds` after the results.
 */
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as FetchHttpClient from 'effect/http/FetchHttpClient'
import * as HttpBody from 'effect/http/HttpBody'
import * as Layer from 'effect/Layer'
import { layerFlusher } from 'effect/observability/OtlpExporter'
import { OtlpSerialization } from 'effect/observability/OtlpSerialization'
import * as OtlpTracer from 'effect/observability/OtlpTracer'
import * as Scope from 'effect/Scope'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { RunEvent } from '../../run-event.ts'
import { type NumericsOfStage, RunSpans } from './run-spans.ts'

export interface Telemetry {
  /** Receives the events of one run. */
  observe(numericsOf: NumericsOfStage): (event: RunEvent) => void
  /** Sends the remaining spans. Returns a warning if spans were lost. */
  close(): Promise<ProblemText | undefined>
}

const flushSeconds = 2
/** Timeout of a request. */
const requestSeconds = 10

/** @param receiver an http or https address; spans go to `/v1/traces` under it */
export async function openTelemetry(receiver: string): Promise<Telemetry> {
  const delivery = new Delivery()
  const scope = Scope.makeUnsafe()
  const services = Layer.mergeAll(layerFlusher, delivery.serialization, FetchHttpClient.layer)
  const tracer = await OtlpTracer.make({
    url: tracesUrl(receiver),
    resource: { serviceName: 'espalier' },
    exportInterval: '1 second',
    shutdownTimeout: `${flushSeconds} seconds`,
  }).pipe(
    Effect.provideService(FetchHttpClient.Fetch, delivery.fetch),
    Effect.provide(services),
    Effect.provideService(Scope.Scope, scope),
    Effect.runPromise,
  )
  const runs: RunSpans[] = []
  return {
    observe(numericsOf) {
      const spans = new RunSpans(tracer, numericsOf)
      runs.push(spans)
      return (event) => spans.note(event)
    },
    async close() {
      for (const spans of runs) spans.close()
      delivery.closing = true
      await Effect.runPromise(Scope.close(scope, Exit.void))
      return delivery.lost(
        runs.reduce((sum, { count }) => sum + count, 0),
        receiver,
      )
    },
  }
}

function tracesUrl(receiver: string): string {
  const url = new URL(receiver)
  if (!/\/v1\/traces\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return url.href
}

/** Counts delivered spans and records the last error. */
class Delivery {
  closing = false
  #arrived = 0
  #trouble = `no answer within ${flushSeconds} s`
  /** Spans in each request's body. */
  readonly #spans = new WeakMap<object, number>()

  readonly serialization = Layer.succeed(OtlpSerialization, {
    traces: (data) => {
      const body = HttpBody.jsonUnsafe(data)
      this.#spans.set(body.body, data.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).length)
      return body
    },
    metrics: (data) => HttpBody.jsonUnsafe(data),
    logs: (data) => HttpBody.jsonUnsafe(data),
  })

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const limit = AbortSignal.timeout(requestSeconds * 1000)
    // The exporter retries transient errors but not rejections. At the end of the run there are no more retries.
    const final = () => new Response(undefined, { status: 400 })
    try {
      const response = await fetch(input, { ...init, signal: init?.signal == null ? limit : AbortSignal.any([init.signal, limit]) })
      if (response.ok) {
        this.#arrived += this.#spans.get(init?.body as object) ?? 0 // created above
        return response
      }
      this.#trouble = `it answered ${response.status} ${response.statusText}`.trim()
      return this.closing ? final() : response
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
      if (init?.signal?.aborted !== true) this.#trouble = reason instanceof Error ? reason.message : String(reason)
      if (this.closing) return final()
      throw cause
    }
  }

  lost(all: number, receiver: string): ProblemText | undefined {
    const lost = all - this.#arrived
    if (lost <= 0) return undefined
    return {
      title: `${lost} of ${all} spans did not reach the receiver of --otlp.`,
      facts: [
        ['receiver', tracesUrl(receiver)],
        ['because', this.#trouble],
      ],
      hint: 'Check that a receiver of OTLP over HTTP listens there. Nothing else is affected: results and history are in the store.',
    }
  }
}
