/** What holds of every store, whatever keeps it. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { readArtifact, writeArtifact } from '../../../runtime/store/artifact.ts'
import { type Checkpoint, latestCheckpoint, latestHeader } from '../../../runtime/store/checkpoints.ts'
import type { Lease, Taken } from '../../../runtime/store/leases.ts'
import { collect, findGarbage } from '../../../runtime/store/maintenance/gc.ts'
import { mend } from '../../../runtime/store/maintenance/repair.ts'
import { statOf } from '../../../runtime/store/maintenance/stat.ts'
import { verify } from '../../../runtime/store/maintenance/verify.ts'
import type { StageResult } from '../../../runtime/store/results.ts'
import { RunJournal } from '../../../runtime/store/run-journal.ts'
import type { OpenStoreOptions, Store } from '../../../runtime/store/store.ts'
import { handClock } from './hand-clock.ts'
import { numerics, smallNetwork } from './temporary-store.ts'

/** Where one store is; several processes may open it. */
export interface Place {
  /** As another process does. Tests close it. */
  open(options?: Pick<OpenStoreOptions, 'leases'>): Promise<Store>
  openReadOnly(): Promise<Store>
  /** Leaves the object there with one bit changed. */
  damage(digest: string): Promise<void>
  remove(digest: string): Promise<void>
  /** Where times are kept in whole seconds: until there is another one. */
  nextSecond?(): Promise<unknown>
  /** Of a store that has a clock of its own: lets time go by on it. */
  elapse?(seconds: number): Promise<void>
  /** Of a store whose heartbeats take a moment to arrive: until the last ones have. */
  beaten?(): Promise<void>
}

export interface Backend {
  readonly name: string
  place(): Promise<Place>
  /** A store without room for a network; undefined where none can be made. */
  readonly full: (() => Promise<Store>) | undefined
  /** A place whose store a newer espalier has written; undefined for a store that does not outlive its process. */
  readonly newer: (() => Promise<Place>) | undefined
}

const key = 'ab'.repeat(32)
const other = 'cd'.repeat(32)
const result = (changes: Partial<StageResult> = {}): StageResult => ({
  key,
  kind: 'train',
  path: 'dense/train',
  manifest: { kind: 'train', options: { epochs: 3 }, inputs: { model: 'a' } },
  artifact: undefined,
  snapshots: {},
  metrics: { 'validation/accuracy': 0.97 },
  numerics,
  finished: 1_700_000_000_000,
  seconds: 1.5,
  ...changes,
})
const at = (step: number): Checkpoint => ({
  step,
  tensors: new Map([['weights/fc1/kernel', { dtype: 'F32', shape: [2], data: Float32Array.of(step, -0) }]]),
  counters: { epoch: 3, points: [{ series: 'train/loss', step: 1, value: 0.1 + 0.2 }] },
  snapshots: { '2': `sha256:${'c'.repeat(64)}` },
  numerics,
})
function leaseIn(taken: Taken): Lease {
  if ('holder' in taken) throw new Error('it is held')
  return taken.lease
}

export function conformance({ name, place, full, newer }: Backend): void {
  /** The store as one process has it, and its place. */
  async function fresh() {
    const there = await place()
    const open = async (options?: Parameters<Place['open']>[0]) => {
      const store = await there.open(options)
      onTestFinished(() => store.close())
      return store
    }
    return { ...there, open, store: await open() }
  }

  describe(`a store ${name}: results`, () => {
    test('are found by their key in every process, all fields as they were', async () => {
      const { store, open } = await fresh()
      expect(await store.results.find(key)).toEqual({ found: 'none' })
      const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
      const stored = result({ artifact, snapshots: { '2': await writeArtifact(store.objects, smallNetwork(2)) } })
      expect(await store.results.put(stored)).toBe(true)
      const again = await open()
      for (const each of [store, again]) expect(await each.results.find(key)).toEqual({ found: 'sound', result: stored })
      expect(await again.results.get(key)).toEqual(stored)
      expect(await readArtifact(again.objects, artifact)).toEqual(smallNetwork(1, true))
      expect(await again.results.count()).toBe(1)
    })

    test('of stages that only measure need no artifact', async () => {
      const { store } = await fresh()
      await store.results.put(result({ numerics: undefined }))
      expect(await store.results.find(key)).toEqual({ found: 'sound', result: result({ numerics: undefined }) })
    })

    test('of several keys come in the order that was asked, found or not', async () => {
      const { store } = await fresh()
      await store.results.put(result())
      const found = await store.results.findMany([other, key, other, key])
      expect(found.map(({ found }) => found)).toEqual(['none', 'sound', 'none', 'sound'])
      expect(await store.results.findMany([])).toEqual([])
      await expect(store.results.findMany([key, 'no key'])).rejects.toMatchObject({ kind: 'malformed' })
    })

    test.each(['missing', 'damaged'] as const)('do not count while a part is %s, and count again when it is written again', async (how) => {
      const { store, damage, remove } = await fresh()
      const artifact = await writeArtifact(store.objects, smallNetwork(1, true))
      await store.results.put(result({ artifact }))
      expect((await store.results.find(key)).found).toBe('sound') // so that the check below is not the first
      const { weights } = JSON.parse(Buffer.from(await store.objects.get(artifact)).toString())
      await (how === 'missing' ? remove(weights) : damage(weights))
      for (let i = 0; i < 2; i++) expect(await store.results.find(key)).toMatchObject({ found: 'damaged', reason: how })
      expect(await store.results.whatIsWrongWith(artifact)).toBe(how)
      await writeArtifact(store.objects, smallNetwork(1, true))
      expect((await store.results.find(key)).found).toBe('sound')
    })

    test('a snapshot that is gone is not listed; the result still counts', async () => {
      const { store, remove } = await fresh()
      const [artifact, gone, kept] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      await store.results.put(result({ artifact, snapshots: { '1': gone!, '2': kept! } }))
      await remove(gone!)
      expect(await store.results.find(key)).toEqual({ found: 'sound', result: result({ artifact, snapshots: { '2': kept! } }) })
    })

    test('put again with another snapshot keep both; with another artifact only the new', async () => {
      const { store } = await fresh()
      const [a, b, c] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      await store.results.put(result({ artifact: a, snapshots: { '1': b! } }))
      await store.results.put(result({ artifact: a, snapshots: { '2': c! } }))
      expect((await store.results.get(key))?.snapshots).toEqual({ '1': b, '2': c })
      await store.results.put(result({ artifact: b, snapshots: { '2': c! } }))
      expect((await store.results.get(key))?.snapshots).toEqual({ '2': c })
    })

    test('with a metric that is not a number are refused, and nothing is kept', async () => {
      const { store } = await fresh()
      await expect(store.results.put(result({ metrics: { loss: Number.NaN } }))).rejects.toThrow('NaN')
      expect(await store.results.find(key)).toEqual({ found: 'none' })
    })

    test('the manifests of a path come back, the newest first, whatever the clock says', async () => {
      const { store } = await fresh()
      await store.results.put(result({ manifest: { n: 1 } }))
      vi.useFakeTimers({ now: Date.now() - 86_400_000, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      await store.results.put(result({ key: other, manifest: { n: 2 } }))
      expect(await store.results.earlierManifests('dense/train')).toEqual([{ n: 2 }, { n: 1 }])
      await store.results.put(result({ manifest: { n: 1 } }))
      expect(await store.results.earlierManifests('dense/train')).toEqual([{ n: 1 }, { n: 2 }])
      expect(await store.results.earlierManifests('nowhere')).toEqual([])
    })

    test('tell how long stages took, which were used last, and what made an artifact', async () => {
      const { store } = await fresh()
      const artifact = await writeArtifact(store.objects, smallNetwork(1))
      const snapshot = await writeArtifact(store.objects, smallNetwork(2))
      await store.results.put(result({ artifact }))
      await store.results.put(result({ key: other, path: 'other/train', seconds: 9, finished: 2e12, snapshots: { '1': snapshot } }))
      expect(await store.results.durations('train', 'dense/train')).toEqual([{ seconds: 1.5, options: { epochs: 3 } }])
      expect((await store.results.durations('train')).map(({ seconds }) => seconds)).toEqual([1.5, 9])
      expect(await store.results.durations('prune')).toEqual([])
      expect((await store.results.lastUsed(1)).map((used) => used)).toEqual([
        { key: other, path: 'other/train', kind: 'train', inputs: { model: 'a' } },
      ])
      expect(await store.results.makerOf(artifact)).toBe('dense/train')
      expect(await store.results.makerOf(snapshot)).toBe('other/train')
      const digits = [key.slice(0, 8), artifact.slice(7, 19)]
      for (const each of digits) expect(await store.results.beginningWith(each)).toMatchObject([{ key, path: 'dense/train' }])
    })

    test('trainings that begin alike are told where they have come to, as far as objects are there', async () => {
      const { store, remove } = await fresh()
      const [end, state, first] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      const training = { prefix: 'p', epochs: 3, state: state!, weights: { '1': 'aa', '3': 'bb' } }
      await store.results.put(result({ artifact: end, snapshots: { '1': first!, '2@5': first! } }), { training })
      expect(await store.results.epochWeights(key)).toEqual(training.weights)
      expect(await store.results.trainingOf((await store.results.get(key))!)).toEqual(training)
      const known = [
        { epoch: 1, artifact: first, state: undefined },
        { epoch: 3, artifact: end, state },
      ]
      expect(await store.results.trainingStates('p', numerics)).toEqual(known)
      expect(await store.results.trainingStates('p', undefined)).toEqual(known)
      expect(await store.results.trainingStates('p', { ...numerics, threads: 2 })).toEqual([])
      await remove(state!)
      await remove(first!)
      expect(await store.results.trainingStates('p', numerics)).toEqual([{ epoch: 3, artifact: end, state: undefined }])
    })

    test('curves written again at the same step replace the earlier points; NaN and infinity stay', async () => {
      const { store } = await fresh()
      const points = [10, 2, 3].map((step) => ({ series: 'loss', step, value: step / 2 }))
      await store.results.putMetrics(key, points)
      await store.results.putMetrics(key, [{ series: 'loss', step: 3, value: Number.NaN }])
      await store.results.putMetrics(key, [{ series: 'accuracy', step: 1, value: Number.POSITIVE_INFINITY }])
      expect((await store.results.metricsOf(key, 'loss')).map(({ step, value }) => [step, value])).toEqual([
        [2, 1],
        [3, Number.NaN],
        [10, 5],
      ])
      expect(await store.results.metricsOf(key, 'accuracy')).toEqual([{ series: 'accuracy', step: 1, value: Number.POSITIVE_INFINITY }])
      expect(await store.results.seriesOf(key)).toEqual(['accuracy', 'loss'])
    })

    test('a curve is read in pieces with their extremes, whole or between two steps', async () => {
      const { store } = await fresh()
      await store.results.putMetrics(
        key,
        Array.from({ length: 10 }, (_, step) => ({ series: 'loss', step, value: step === 1 ? Number.NaN : step })),
      )
      const curve = await store.results.curveOf(key, 'loss', { most: 5 })
      expect(curve.points).toBe(10)
      expect(curve.pieces.map(({ step, mean, low, high }) => [step, mean, low, high])).toEqual([
        [0, 0, 0, 0],
        [2, 2.5, 2, 3],
        [4, 4.5, 4, 5],
        [6, 6.5, 6, 7],
        [8, 8.5, 8, 9],
      ])
      const part = await store.results.curveOf(key, 'loss', { from: 4, to: 6, most: 5 })
      expect(part.pieces.map(({ step }) => step)).toEqual([4, 5, 6])
      const sparse = [0, 500, 1000].map((step) => ({ series: 'sparse', step, value: step }))
      await store.results.putMetrics(key, sparse)
      expect((await store.results.curveOf(key, 'sparse', { most: 100 })).pieces.map(({ step }) => step)).toEqual([0, 500, 1000])
      expect(await store.results.curveOf(key, 'none', { most: 5 })).toEqual({ points: 0, pieces: [] })
    })
  })

  describe(`a store ${name}: objects and checkpoints`, () => {
    test('an object has one address whoever writes it, and two writers do not disturb each other', async () => {
      const { store, open } = await fresh()
      const again = await open()
      const contents = Array.from({ length: 20 }, (_, i) => Buffer.from(`content ${i % 5}`))
      const digests = await Promise.all(contents.map((content, i) => (i % 2 === 0 ? store : again).objects.put(content)))
      expect(new Set(digests).size).toBe(5)
      for (const [i, digest] of digests.entries()) expect(Buffer.from(await store.objects.get(digest))).toEqual(contents[i])
      expect(await store.objects.whereIs(digests[0]!)).toMatchObject({ bytes: 9 })
      expect(await store.objects.has(`sha256:${'0'.repeat(64)}`)).toBe(false)
    })

    test('an object that is missing or damaged is told as that, and as no other text', async () => {
      const { store, damage } = await fresh()
      const digest = await store.objects.put(Buffer.from('content'))
      await damage(digest)
      await expect(store.objects.get(digest)).rejects.toMatchObject({ kind: 'corrupt' })
      await expect(store.objects.get(digest)).rejects.toMatchObject({ kind: 'missing' })
      await expect(store.objects.get('../../etc/passwd')).rejects.toMatchObject({ kind: 'malformed' })
    })

    test('the furthest checkpoint is found, its header without its tensors; two are kept', async () => {
      const { store, open } = await fresh()
      for (const step of [5, 10, 100]) await store.checkpoints.write(key, at(step))
      const again = await open()
      expect(await latestCheckpoint(again.checkpoints, key, numerics)).toEqual({ checkpoint: at(100), ignored: [] })
      const { tensors: _, ...header } = at(100)
      expect(await latestHeader(again.checkpoints, key, numerics)).toEqual({ checkpoint: header, ignored: [] })
      expect((await again.checkpoints.list(key)).map(({ step }) => step)).toEqual([100, 10])
      expect(await again.checkpoints.keys()).toEqual([key])
      const elsewhere = await latestHeader(again.checkpoints, key, { ...numerics, threads: 2 })
      expect(elsewhere).toMatchObject({
        checkpoint: undefined,
        ignored: [{}, {}].map(() => expect.stringContaining('threads 1 instead of 2')),
      })
      await store.checkpoints.remove(key)
      expect(await latestCheckpoint(again.checkpoints, key)).toEqual({ checkpoint: undefined, ignored: [] })
      await expect(store.checkpoints.write('../x', at(1))).rejects.toMatchObject({ kind: 'malformed' })
    })

    test('export records and logs come back as they were written', async () => {
      const { store } = await fresh()
      expect(await store.exports.find(key)).toBeUndefined()
      const files = [{ path: 'a.safetensors', bytes: 3, mtimeMs: 1.5, sha256: 'ab'.repeat(32) }]
      await store.exports.put(key, files)
      expect(await store.exports.find(key)).toEqual(files)
      expect(store.logs.read(key)).toBeUndefined()
      const [log, followed] = [store.logs.open(key), store.logs.follow(key)]
      log.note('begins')
      log.write('one\ntw')
      expect(followed.read()).toMatch(/^\[.*\] begins\none\n$/)
      log.write('o\n')
      expect(followed.read()).toBe('two\n')
      log.close()
      expect(store.logs.read(key)).toMatch(/one\ntwo\n$/)
    })
  })

  describe(`a store ${name}: leases`, () => {
    test('a key is leased to one at a time, and others see how far it is', async () => {
      const { store, open } = await fresh()
      const others = await open()
      const lease = leaseIn(await store.leases.take(key))
      expect(await others.leases.take(key)).toMatchObject({ holder: { progress: null } })
      await store.leases.report(lease, { step: 3 })
      expect(await others.leases.holderOf(key)).toMatchObject({ progress: { step: 3 } })
      expect(await store.leases.holderOf(key)).toBeUndefined()
      expect(await others.leases.keys()).toEqual([key])
      await store.leases.release(lease)
      expect(await others.leases.holderOf(key)).toBeUndefined()
      expect(await others.leases.take(key)).toMatchObject({ lease: { key }, tookOver: false })
    })

    test('as long as the heartbeat moves a lease is not taken over, whatever the time of day', async () => {
      const { open, elapse, beaten } = await fresh()
      const [mine, theirs] = [handClock(), handClock()]
      const [holder, watcher] = [await open({ leases: { clock: mine } }), await open({ leases: { clock: theirs } })]
      await holder.leases.take(key)
      vi.useFakeTimers({ toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      for (let i = 0; i < 10; i++) {
        vi.setSystemTime(new Date(i % 2 === 0 ? '2040-01-01' : '1990-01-01'))
        expect(await watcher.leases.take(key)).toHaveProperty('holder')
        await elapse?.(9)
        for (const clock of [mine, theirs]) clock.advance(9)
        await beaten?.()
      }
    })

    test('a watcher that was suspended itself gives the holder a moment to beat again', async () => {
      const { open } = await fresh()
      const [mine, theirs] = [handClock(), handClock()]
      const [holder, watcher] = [await open({ leases: { clock: mine } }), await open({ leases: { clock: theirs } })]
      await holder.leases.take(key)
      expect(await watcher.leases.holderOf(key)).toBeDefined()
      theirs.advance(3600)
      expect(await watcher.leases.holderOf(key)).toBeDefined()
      mine.advance(3)
      theirs.advance(5)
      expect(await watcher.leases.holderOf(key)).toBeDefined()
    })

    test('a heartbeat that stands still ends the lease; its holder, awake again, cannot publish', async () => {
      const { open, elapse } = await fresh()
      const clock = handClock()
      const [asleep, awake] = [await open({ leases: { clock: handClock() } }), await open({ leases: { clock } })]
      const lost = leaseIn(await asleep.leases.take(key))
      expect(await awake.leases.take(key)).toHaveProperty('holder')
      for (const seconds of [4.9, 5]) {
        await elapse?.(seconds)
        clock.advance(seconds)
        expect(await awake.leases.take(key)).toHaveProperty('holder')
      }
      expect(await asleep.leases.holds(lost)).toBe(true)
      await elapse?.(0.2)
      clock.advance(0.2)
      const taken = await awake.leases.take(key)
      expect(await asleep.leases.holds(lost)).toBe(false)
      expect(taken).toMatchObject({ lease: { key }, tookOver: true })
      expect(await asleep.results.put(result(), { lease: lost })).toBe(false)
      expect(await asleep.results.find(key)).toEqual({ found: 'none' })
      await asleep.results.putMetrics(key, [{ series: 'loss', step: 1, value: 1 }], lost)
      expect(await asleep.results.seriesOf(key)).toEqual([])
      await asleep.leases.report(lost, { step: 9 })
      expect(await asleep.leases.holderOf(key)).toMatchObject({ progress: null })
      // What the new holder has is not taken by the old one letting go.
      await asleep.leases.release(lost)
      expect(await awake.results.put(result(), { lease: leaseIn(taken) })).toBe(true)
      expect(await asleep.results.find(key)).toMatchObject({ found: 'sound' })
      expect(await awake.leases.keys()).toEqual([])
    })
  })

  describe(`a store ${name}: the journal`, () => {
    const stage = { path: 'a', kind: 'train', key } as const
    const events: readonly RunEvent[] = [
      { event: 'start', file: 'a.pipeline.ts', stages: 1, slots: 1, threads: 1 },
      { event: 'stage-start', ...stage, steps: 10 },
      { event: 'stage-done', ...stage, artifact: null, metrics: {}, seconds: 2 },
    ]
    const done: RunEvent = {
      event: 'done',
      ok: true,
      interrupted: false,
      seconds: 3,
      stages: { total: 1, hit: 0, run: 1, resumed: 0, failed: 0, skipped: 0 },
      results: [],
    }

    test('a run is there while it goes on and after its end, with its stages, log and target', async () => {
      const { store, open } = await fresh()
      const again = await open()
      await store.results.put(result({ path: 'a' }))
      const journal = new RunJournal({ store, file: '/p/a.pipeline.ts', target: 'main', onWarning: () => expect.fail('a warning') })
      for (const event of events) journal.note(event)
      await journal.written()
      const follow = again.journal.followLog(1)
      expect((await follow()).map(({ event }) => event)).toEqual(['start', 'stage-start', 'stage-done'])
      expect(await follow()).toEqual([])
      expect(await again.journal.runs()).toMatchObject([
        { id: 1, file: '/p/a.pipeline.ts', target: 'main', status: 'running', seconds: null },
      ])
      expect(await again.journal.stagesOf(1)).toMatchObject([{ path: 'a', key, outcome: 'run' }])
      expect(await again.journal.keysOf('/p/a.pipeline.ts', 'main')).toBeUndefined()
      journal.note(done)
      await journal.close()
      expect((await follow()).map(({ event }) => event)).toEqual(['done'])
      expect(await again.journal.run(1)).toMatchObject({ status: 'done', stages: { run: 1 } })
      expect(await again.journal.stagesOf(1)).toEqual([{ path: 'a', key, kind: 'train', outcome: 'run', seconds: 2, because: null }])
      const log = await again.journal.readLog(1)
      expect(log.map(({ event }) => event)).toEqual(['start', 'stage-start', 'stage-done', 'done'])
      expect(log[2]).toMatchObject({ result: { key, path: 'a' } })
      expect(await again.journal.outcomesOf(key)).toEqual([{ run: 1, outcome: 'run', because: null }])
      expect(await again.journal.places()).toEqual([{ path: 'a', key }])
      expect(await again.journal.beginningWith(key.slice(0, 6))).toEqual([{ path: 'a', key }])
      expect(await again.journal.targets()).toEqual([{ file: '/p/a.pipeline.ts', target: 'main', keys: { a: key } }])
    })

    test('runs are listed by number, filtered by status and file, and as many as asked', async () => {
      const { store } = await fresh()
      for (const [i, letter] of [...'abc'].entries()) {
        const journal = new RunJournal({ store, file: `/${letter}.pipeline.ts`, target: 'default', onWarning: () => {} })
        for (const event of [...events, { ...done, ok: i !== 1 }]) journal.note(event)
        await journal.close()
      }
      const files = async (asked: Parameters<Store['journal']['runs']>[0]) => (await store.journal.runs(asked)).map(({ file }) => file[1])
      expect(await files({})).toEqual(['c', 'b', 'a'])
      expect(await files({ status: 'failed' })).toEqual(['b'])
      expect(await files({ file: 'a.pipe' })).toEqual(['a'])
      expect(await files({ most: 2 })).toEqual(['c', 'b'])
    })

    test('a run keeps its tags and its note until they are taken away', async () => {
      const { store } = await fresh()
      await store.remarks.set(2, { tags: ['paper', '"b"'], note: '' })
      await store.remarks.set(1, { tags: [], note: 'first\nlines' })
      await store.remarks.set(2, { tags: ['paper'], note: 'again' })
      expect([...(await store.remarks.all())]).toEqual([
        [1, { tags: [], note: 'first\nlines' }],
        [2, { tags: ['paper'], note: 'again' }],
      ])
      await store.remarks.set(2, { tags: [], note: '' })
      expect([...(await store.remarks.all()).keys()]).toEqual([1])
    })
  })

  describe(`a store ${name}: maintenance`, () => {
    test('gc removes what nothing reaches and leaves what a pin holds', async () => {
      const { store } = await fresh()
      for (const [i, each] of [key, other].entries())
        await store.results.put(result({ key: each, path: `arm${i}`, artifact: await writeArtifact(store.objects, smallNetwork(i)) }))
      expect(await store.pins.add([key, key])).toEqual([key])
      expect(await store.pins.add([key])).toEqual([])
      vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      const garbage = await findGarbage(store)
      expect(garbage.results.map(({ path }) => path)).toEqual(['arm1'])
      await collect(store, garbage)
      expect([await store.results.find(key), await store.results.find(other)]).toMatchObject([{ found: 'sound' }, { found: 'none' }])
      expect((await statOf(store)).parts.objects.count).toBe(3)
      expect(await store.pins.remove([key, other])).toEqual([key])
    })

    test('gc leaves an object that was written again after it was found', async () => {
      const { store, nextSecond } = await fresh()
      const [again, gone] = [await store.objects.put(Buffer.from('again')), await store.objects.put(Buffer.from('gone'))]
      vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      const garbage = await findGarbage(store)
      expect(garbage.objects.map(({ digest }) => digest).sort()).toEqual([again, gone].sort())
      await nextSecond?.()
      await store.objects.put(Buffer.from('again'))
      await collect(store, garbage)
      expect([await store.objects.has(again), await store.objects.has(gone)]).toEqual([true, false])
    })

    test('verify finds a damaged object and the result it belongs to, and changes nothing', async () => {
      const { store, damage } = await fresh()
      const artifact = await writeArtifact(store.objects, smallNetwork(1))
      await store.results.put(result({ artifact }))
      await store.checkpoints.write(key, at(5))
      expect(await verify(store)).toEqual({ findings: [], objects: 3, results: 1, checkpoints: 1 })
      await damage(artifact)
      const { findings } = await verify(store)
      expect(findings.map(({ kind, what }) => [kind, what])).toEqual([
        ['object', artifact],
        ['result', 'dense/train'],
      ])
      expect((await verify(store)).findings).toEqual(findings)
    })
  })

  describe(`a store ${name}: repair`, () => {
    test('sets a damaged object aside, and forgets the result it belonged to and no other', async () => {
      const { store, damage } = await fresh()
      const [artifact, gone, kept] = await Promise.all([1, 2, 3].map((seed) => writeArtifact(store.objects, smallNetwork(seed))))
      await store.results.put(result({ artifact: artifact! }))
      await store.results.put(result({ key: other, path: 'other/train', artifact: kept!, snapshots: { '1': gone!, '2': kept! } }))
      await damage(artifact!)
      await damage(gone!)
      const { findings, missing } = await mend(store)
      expect([findings.map(({ kind }) => kind), missing]).toEqual([['object', 'object', 'result', 'result'], 2])
      expect(await store.results.find(key)).toEqual({ found: 'none' })
      expect((await store.results.get(other))?.snapshots).toEqual({ '2': kept })
      expect((await verify(store)).findings).toEqual([])
    })
  })

  describe(`a store ${name}: what it cannot do`, () => {
    test('one that cannot be written is read, and says so when it is to be written', async () => {
      const { store, openReadOnly } = await fresh()
      await store.results.put(result())
      store.close()
      const reading = await openReadOnly()
      onTestFinished(() => reading.close())
      expect(reading.readOnly).toBe(true)
      expect(await reading.results.find(key)).toMatchObject({ found: 'sound' })
      await expect(reading.results.put(result({ key: other }))).rejects.toMatchObject({ kind: 'read-only' })
      await expect(reading.pins.add([key])).rejects.toMatchObject({ kind: 'read-only' })
      await expect(collect(reading, { results: [], objects: [], others: [] })).rejects.toMatchObject({ kind: 'read-only' })
      await reading.journal.remember({ file: 'a', target: 'b', keys: {} })
      expect(await reading.journal.targets()).toEqual([])
    })

    test.runIf(full !== undefined)('a full one says so, and what it held is safe', async () => {
      const store = await full!()
      onTestFinished(() => store.close())
      const small = await writeArtifact(store.objects, smallNetwork(1))
      await store.results.put(result({ artifact: small }))
      await expect(store.objects.put(new Uint8Array(8e6))).rejects.toMatchObject({ kind: 'disk-full' })
      expect(await store.results.find(key)).toMatchObject({ found: 'sound' })
    })

    test.runIf(newer !== undefined)('one of a newer version is refused', async () => {
      await expect((await newer!()).open()).rejects.toMatchObject({ kind: 'newer-version' })
    })
  })
}
