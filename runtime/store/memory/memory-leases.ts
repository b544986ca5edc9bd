/** Leases in memory. A holder sends heartbeats while its store is open; a closed store counts as a dead process. */
import { Heartbeats, type Lease, type LeaseHolder, type LeaseOptions, type Leases, systemClock } from '../leases.ts'
import type { MemoryWorld } from './memory-world.ts'

export function memoryLeases(
  world: MemoryWorld,
  id: string,
  options: LeaseOptions = {},
): { readonly leases: Leases; readonly stop: () => void } {
  const { beatSeconds = 2, clock = systemClock } = options
  const heartbeats = new Heartbeats(options)
  const stop = clock.every(beatSeconds * 1000, () => world.beats.set(id, (world.beats.get(id) ?? 0) + 1))
  let fence = 0
  const livingOther = (key: string): LeaseHolder | undefined => {
    const held = world.leases.get(key)
    if (held === undefined || held.holder === id) return undefined
    const { holder, progress } = held
    const dead = !world.open.has(holder) || heartbeats.standsStill(holder, world.beats.get(holder) ?? 0)
    return dead ? undefined : { by: `store ${holder}`, progress }
  }
  const leases: Leases = {
    async take(key) {
      const holder = livingOther(key)
      if (holder !== undefined) return { holder }
      const tookOver = world.leases.has(key)
      const lease: Lease = { key, holder: id, fence: ++fence }
      world.leases.set(key, { ...lease, progress: null })
      return { lease, tookOver }
    },
    holderOf: async (key) => livingOther(key),
    async report(lease, progress) {
      if (world.holds(lease)) world.leases.set(lease.key, { ...lease, progress })
    },
    holds: async (lease) => world.holds(lease),
    async release(lease) {
      if (world.holds(lease)) world.leases.delete(lease.key)
    },
    keys: async () => [...world.leases.values()].flatMap(({ key, holder }) => (world.open.has(holder) ? [key] : [])),
  }
  return { leases, stop }
}
