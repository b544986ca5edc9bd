/** What holds of the leases of every store. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { handClock } from '../hand-clock.ts'
import { type Backend, freshIn, key, leaseIn, result } from './backend.ts'

export function leasesConform(backend: Backend): void {
  const { name } = backend
  const fresh = () => freshIn(backend)
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
}
