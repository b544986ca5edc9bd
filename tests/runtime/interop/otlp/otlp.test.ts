import { expect, test } from 'vitest'
import { openTelemetry } from '../../../../runtime/interop/otlp/otlp.ts'
import type { RunEvent } from '../../../../runtime/run-event.ts'
import { numerics } from '../../store/temporary-store.ts'
import { nobody, receiver } from './receiver.ts'

const problem = { title: 'It broke.', facts: [['where', 'here']], hint: 'Fix it.' } as const
const stage = (path: string) => ({ path, kind: 'train', key: `key of ${path}` })
const done = { artifact: 'sha256:12', metrics: {}, seconds: 1 }
const counts = { total: 6, hit: 1, run: 1, resumed: 1, failed: 1, skipped: 1 }
const events: RunEvent[] = [
  { event: 'start', file: 'a.pipeline.ts', stages: 6, slots: 2, threads: 1 },
  { event: 'hit', ...stage('found'), artifact: null },
  { event: 'stage-start', ...stage('new'), steps: 9, worker: 77 },
  { event: 'stage-start', ...stage('old'), steps: 9, resumedAt: 4, worker: 78 },
  { event: 'progress', path: 'new', step: 1, steps: 9, epoch: 1, epochs: 1 },
  { event: 'retry', path: 'new', attempt: 1, problem },
  { event: 'stage-start', ...stage('new'), steps: 9, worker: 79 },
  { event: 'stage-done', ...stage('new'), ...done },
  { event: 'stage-done', ...stage('old'), ...done },
  { event: 'stage-start', ...stage('broken'), steps: 9, worker: 79 },
  { event: 'stage-start', ...stage('left'), steps: 9, by: 'process 5' },
  { event: 'stage-failed', path: 'broken', kind: 'train', problem },
  { event: 'stage-skipped', path: 'after', because: 'broken failed' },
  { event: 'done', ok: false, interrupted: false, seconds: 2, stages: counts, results: [] },
]

test('a run is a span, and under it each stage with how it came about, where and after how many tries', async () => {
  const { url, paths, services, spans } = await receiver()
  const telemetry = await openTelemetry(`${url}/`)
  const note = telemetry.observe(() => numerics)
  for (const event of events) note(event)
  expect(await telemetry.close()).toBeUndefined()
  expect(new Set(paths)).toEqual(new Set(['/v1/traces']))
  expect(services).toEqual(new Set(['espalier']))

  const byName = Object.fromEntries(spans.map((span) => [span.name, span]))
  const { run, ...stages } = byName
  expect(run).toMatchObject({
    status: { code: 2, message: '1 of 6 stages failed.' },
    attributes: { file: 'a.pipeline.ts', stages: 6, slots: 2, threads: 1, 'stages.resumed': 1 },
  })
  expect(run!.parentSpanId).toBeUndefined()
  for (const span of Object.values(stages)) {
    expect(span).toMatchObject({ parentSpanId: run!.spanId, traceId: run!.traceId, attributes: { path: span.name } })
    expect(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(0n)
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(run!.startTimeUnixNano))
  }
  expect(Object.fromEntries(Object.entries(stages).map(([name, { attributes }]) => [name, attributes.cache]))).toEqual({
    found: 'hit',
    new: 'run',
    old: 'resumed',
    broken: 'failed',
    after: 'skipped',
    left: 'stopped',
  })
  expect(stages.new).toMatchObject({ status: { code: 1 }, events: [{ name: 'retry' }] })
  expect(stages.new!.attributes).toMatchObject({
    key: 'key of new',
    kind: 'train',
    retries: 1,
    'worker.pid': 79,
    engine: 'tensorflow',
    device: 'cpu',
    artifact: 'sha256:12',
  })
  expect(stages.old!.attributes).toMatchObject({ resumed_at: 4, retries: 0 })
  expect(stages.broken).toMatchObject({ status: { code: 2, message: 'It broke.' } })
  expect(stages.left!.attributes).toMatchObject({ computed_by: 'process 5' })
  expect(stages.left!.attributes.engine).toBeUndefined()
})

test.each([
  ['refuses', () => receiver(404), /it answered 404/],
  ['is in trouble', () => receiver(503), /it answered 503/],
  ['never answers', () => receiver('never'), /no answer within 2 s/],
  ['is not there', async () => ({ url: await nobody() }), /ECONNREFUSED/],
])('a receiver that %s is told once, with how much was lost', async (_, open, reason) => {
  const { url } = await open()
  const telemetry = await openTelemetry(url)
  const note = telemetry.observe(() => numerics)
  for (const event of events) note(event)
  const warning = await telemetry.close()
  expect(warning?.title).toBe('7 of 7 spans did not reach the receiver of --otlp.')
  expect(Object.fromEntries(warning!.facts)).toEqual({ receiver: `${url}/v1/traces`, because: expect.stringMatching(reason) })
})

test('a run that ended without a word is told as failed, with what it was doing', async () => {
  const { url, spans } = await receiver()
  const telemetry = await openTelemetry(`${url}/v1/traces`)
  const note = telemetry.observe(() => numerics)
  for (const event of events.slice(0, 3)) note(event)
  expect(await telemetry.close()).toBeUndefined()
  expect(spans.map(({ name, status }) => [name, status.code])).toEqual([
    ['found', 1],
    ['new', 0],
    ['run', 2],
  ])
})
