import type { LeaseClock } from '../../../runtime/store/leases.ts'

/** A clock that advances when asked to: a process whose clock stands still is asleep, or gone. */
export function handClock(): LeaseClock & { advance(seconds: number): void } {
  let now = 0
  const timers = new Set<{ readonly every: number; readonly work: () => void; next: number }>()
  return {
    now: () => now,
    every(every, work) {
      const timer = { every, work, next: now + every }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(seconds) {
      for (const end = now + seconds * 1000; now < end; now++)
        for (const timer of timers) {
          if (timer.next > now) continue
          timer.work()
          timer.next += timer.every
        }
    },
  }
}
