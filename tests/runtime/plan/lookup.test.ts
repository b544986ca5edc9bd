import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Position } from '../../../dsl/graph/expr.ts'
import type { TrainOptions } from '../../../dsl/graph/stage-options.ts'
import { type LookupRequest, lookup, lookups, snapshotsNeeded, stepsOf } from '../../../runtime/plan/lookup.ts'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import { prefixOf } from '../../../runtime/plan/prefix.ts'
import type { Digest } from '../../../runtime/store/address.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import { objectPath } from '../../../runtime/store/folder/layout.ts'
import { memoryStore } from '../../../runtime/store/memory/memory-store.ts'
import type { StageResult } from '../../../runtime/store/results.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { numerics, smallNetwork, temporaryStore } from '../store/temporary-store.ts'
import { facts, graphOf, init, prune, rewind, train } from './stages.ts'

// 105 examples in batches of 10: 10 steps an epoch, 4 epochs.
const inputs = { model: `sha256:${'a'.repeat(64)}` } as const
const request = (options: Partial<TrainOptions> = {}, snapshots: readonly Position[] = []): LookupRequest => ({
  stage: train('train', 'init', options),
  inputs,
  data: facts,
  snapshots,
})
const manifestFor = ({ stage }: LookupRequest) => manifestOf(stage, inputs, facts.digest)
const keyFor = (asked: LookupRequest) => keyOf(manifestFor(asked))
const checkpoint = (step: number, snapshots = {}) => ({ step, tensors: new Map(), counters: {}, snapshots, numerics })

/** Keeps a result as a run would, with the end of its training when there is a `state`. */
async function finish(store: Store, asked: LookupRequest, more: Partial<StageResult> = {}, state?: Digest): Promise<Digest> {
  const manifest = manifestFor(asked)
  const artifact = await writeArtifact(store.objects, smallNetwork(stepsOf(asked.stage, facts)))
  const base = {
    key: keyOf(manifest),
    kind: 'train',
    path: 'train',
    manifest,
    artifact,
    snapshots: {},
    metrics: {},
    numerics,
    finished: 1,
    seconds: 1,
  }
  const { epochs } = asked.stage.options as TrainOptions
  const weights = { 1: createHash('sha256').digest('hex') }
  const training = { prefix: prefixOf(asked.stage, manifest), epochs, state, weights }
  await store.results.put({ ...base, ...more }, { training })
  return artifact
}

/** Any object. */
const objectIn = (store: Store) => writeArtifact(store.objects, smallNetwork(77))

test('what the store does not know runs, and what it knows is a hit', async () => {
  const store = memoryStore()
  const asked = request()
  expect(await lookup(store, asked)).toMatchObject({
    status: 'run',
    key: keyFor(asked),
    steps: 40,
    epochs: 4,
    reasons: ['never run'],
    ignored: [],
  })
  const artifact = await finish(store, asked)
  expect(await lookup(store, asked)).toMatchObject({ status: 'hit', result: { artifact }, reasons: [] })
})

test('a plan says of each stage what has changed since the last result of its path', async () => {
  const store = memoryStore()
  await finish(store, request())
  const asked = [request({ seed: 1 }), request(), request({ seed: 2 })]
  expect((await lookups(store, asked)).map(({ reasons }) => reasons)).toEqual([['seed 0 → 1'], [], ['seed 0 → 2']])
})

test('a result whose artifact is damaged is run again, and a run warns of that', async () => {
  const store = await temporaryStore()
  const artifact = await finish(store, request())
  await rm(objectPath(store.layout, artifact.slice('sha256:'.length)))
  expect(await lookup(store, request())).toMatchObject({
    status: 'run',
    result: undefined,
    reasons: ['its artifact is missing'],
    ignored: ['its artifact is missing'],
  })
})

test('several are looked up in one go, in their order', async () => {
  const store = memoryStore()
  await finish(store, request({ seed: 2 }))
  const found = await lookups(
    store,
    [0, 1, 2, 3].map((seed) => request({ seed })),
  )
  expect(found.map(({ status }) => status)).toEqual(['run', 'run', 'hit', 'run'])
})

test('a checkpoint is continued, and a finished stage is a hit, checkpoint or not', async () => {
  const store = memoryStore()
  const asked = request()
  await store.checkpoints.write(keyFor(asked), checkpoint(17))
  expect(await lookup(store, asked)).toMatchObject({
    status: 'resume',
    step: 17,
    steps: 40,
    state: undefined,
    reasons: ['never run', 'resumes at step 17/40'],
  })
  await finish(store, asked)
  expect((await lookup(store, asked)).status).toBe('hit')
})

test('a plan goes by the headers of checkpoints; a run reads them, and goes by the one before a damaged one', async () => {
  const store = await temporaryStore()
  const asked = request()
  const tensors = new Map([['weights/fc1/kernel', { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const]])
  for (const step of [10, 20]) await store.checkpoints.write(keyFor(asked), { ...checkpoint(step), tensors })
  const folder = join(store.layout.checkpoints, keyFor(asked))
  const file = join(folder, (await readdir(folder)).find((name) => name.startsWith('20-'))!)
  const content = await readFile(file)
  await writeFile(file, content.fill(1, content.length - 4))
  expect(await lookups(store, [asked])).toMatchObject([{ status: 'resume', step: 20, ignored: [] }])
  expect(await lookup(store, asked)).toMatchObject({ status: 'resume', step: 10, ignored: ['the checkpoint at step 20 is damaged'] })
})

test('a plan lists the checkpoints of those stages alone that have some', async () => {
  const store = memoryStore()
  const started = request({ seed: 1 })
  await store.checkpoints.write(keyFor(started), checkpoint(20))
  const list = vi.spyOn(store.checkpoints, 'list')
  const found = await lookups(store, [request({ seed: 0 }), started, request({ seed: 2 })])
  expect(found.map(({ status }) => status)).toEqual(['run', 'resume', 'run'])
  expect(list.mock.calls).toEqual([[keyFor(started)]])
})

test('a checkpoint of other numerics is not continued, and a run warns of that; unknown numerics take any', async () => {
  const store = memoryStore()
  const asked = request()
  await store.checkpoints.write(keyFor(asked), checkpoint(17))
  const why = 'the checkpoint at step 17 was made with other numerics (threads 1 instead of 2)'
  expect(await lookup(store, { ...asked, numerics: { ...numerics, threads: 2 } })).toMatchObject({
    status: 'run',
    ignored: [why],
    reasons: ['never run', why],
  })
  expect((await lookup(store, { ...asked, numerics })).status).toBe('resume')
})

test('a checkpoint that has passed a wanted snapshot without keeping it is not continued', async () => {
  const store = memoryStore()
  const asked = (epoch: number) => request({}, [{ epoch }])
  const key = keyFor(asked(2))
  await store.checkpoints.write(key, checkpoint(20))
  expect((await lookup(store, asked(3))).status).toBe('resume')
  const why = 'its checkpoint at step 20 lacks the snapshot at epoch 2'
  expect(await lookup(store, asked(2))).toMatchObject({ status: 'run', reasons: ['never run', why] })
  await store.checkpoints.write(key, checkpoint(21, { '2': await objectIn(store) }))
  expect((await lookup(store, asked(2))).status).toBe('resume')
})

test('a training goes on where a shorter one ended, unless its own checkpoint is further', async () => {
  const store = memoryStore()
  const state = await objectIn(store)
  await finish(store, request({ epochs: 2 }), {}, state)
  const found = await lookup(store, { ...request(), numerics })
  expect(found).toMatchObject({ status: 'resume', step: 20, state })
  expect(found.reasons).toContain('resumes at epoch 2/4, where a shorter training ended')
  await store.checkpoints.write(keyFor(request()), checkpoint(30))
  expect(await lookup(store, { ...request(), numerics })).toMatchObject({ status: 'resume', step: 30, state: undefined })
})

test('a snapshot that a training of another length has left need not be made; a shorter end past a missing one is no start', async () => {
  const store = memoryStore()
  const artifact = await finish(store, request({ epochs: 2 }), {}, await objectIn(store))
  const given = await lookup(store, { ...request({}, [{ epoch: 2 }]), numerics })
  expect(given).toMatchObject({ status: 'resume', given: { '2': artifact }, missing: [] })
  expect(await lookup(store, { ...request({}, [{ epoch: 1 }]), numerics })).toMatchObject({
    status: 'run',
    given: {},
    missing: [{ epoch: 1 }],
  })
  await finish(store, request())
  const hit = await lookup(store, { ...request({}, [{ epoch: 2 }]), numerics })
  expect(hit).toMatchObject({ status: 'hit', result: { snapshots: { '2': artifact } } })
})

test('a result that lacks a snapshot is replayed up to it, and compared with the weights of the first time', async () => {
  const store = memoryStore()
  await finish(store, request())
  const replay = await lookup(store, { ...request({}, [{ epoch: 3 }, { step: 5 }]), numerics })
  expect(replay).toMatchObject({
    status: 'run',
    missing: [{ step: 5 }, { epoch: 3 }],
    expected: { 1: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
  expect(replay.reasons).toEqual(['its snapshot at step 5, epoch 3 is not kept: replays epochs 1–3'])
  const elsewhere = await lookup(store, { ...request({}, [{ epoch: 3 }]), numerics: { ...numerics, threads: 2 } })
  expect(elsewhere).toMatchObject({ status: 'run', expected: {} })
  expect(elsewhere.ignored[0]).toContain('other numerics (threads 1 instead of 2)')
})

test('the snapshots that a stage must keep are those that others take from it', () => {
  const graph = graphOf(
    init('i'),
    train('t', 'i'),
    prune('p', 't'),
    rewind('r', 'p', { stage: 't', epoch: 2 }),
    rewind('s', 'p', { stage: 't', epoch: 2 }),
    rewind('u', 'p', { stage: 't', step: 5 }),
  )
  expect([...snapshotsNeeded(graph)]).toEqual([['t', [{ epoch: 2 }, { step: 5 }]]])
})

test('steps count whole batches of the epochs from where training starts', () => {
  expect(stepsOf(train('t', 'i'), facts)).toBe(40)
  expect(stepsOf(train('t', 'i', { from: 1, batch: 50 }), facts)).toBe(6)
  expect(stepsOf(prune('p', 't'), facts)).toBe(0)
  expect(stepsOf(train('t', 'i'), undefined)).toBe(0)
})
