import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import { expect, test } from 'vitest'
import type { Place } from '../../../runtime/engine/devices.ts'
import type { Capacity } from '../../../runtime/execution/executor.ts'
import { Slots } from '../../../runtime/execution/slots.ts'

const capacity = (slots: number, more: Partial<Capacity> = {}): Capacity => ({
  slots,
  places: { usual: slots, processor: slots },
  bytes: 100,
  ...more,
})

/** Bodies that begin when they have a slot and end when they are told to. */
class Bodies {
  readonly began: string[] = []
  readonly #ends = new Map<string, () => void>()
  readonly #slots: Slots

  constructor(slots: Slots) {
    this.#slots = slots
  }

  /** Asks for a slot. */
  ask(name: string, arm: number, { place = 'usual', bytes = 1, depth = 0 }: { place?: Place; bytes?: number; depth?: number } = {}) {
    const body = Effect.callback<void>((resume) => {
      this.began.push(name)
      this.#ends.set(name, () => resume(Effect.void))
    })
    return Effect.runFork(this.#slots.use({ place, bytes }, { arm, depth }, body))
  }

  /** Ends one, and waits until whoever is next has begun. */
  async end(name: string): Promise<void> {
    this.#ends.get(name)!()
    await new Promise(setImmediate)
  }
}

test('at most so many run at once, by rank: earlier arms first, and within an arm the longer way', async () => {
  const slots = new Slots(capacity(1))
  const bodies = new Bodies(slots)
  bodies.ask('first', 9)
  bodies.ask('arm 2', 2)
  bodies.ask('arm 1', 1, { depth: 3 })
  bodies.ask('arm 1, further', 1, { depth: 4 })
  expect(bodies.began).toEqual(['first'])
  for (const name of ['first', 'arm 1, further', 'arm 1']) await bodies.end(name)
  expect(bodies.began).toEqual(['first', 'arm 1, further', 'arm 1', 'arm 2'])
})

test('more slots take effect at once, fewer as bodies end', async () => {
  const slots = new Slots(capacity(1))
  const bodies = new Bodies(slots)
  for (const arm of [0, 1, 2, 3]) bodies.ask(String(arm), arm)
  slots.resize(capacity(3))
  expect(bodies.began).toEqual(['0', '1', '2'])
  slots.resize(capacity(1))
  await bodies.end('0')
  await bodies.end('1')
  expect(bodies.began).toHaveLength(3)
  await bodies.end('2')
  expect(bodies.began).toHaveLength(4)
})

test('while paused nothing begins', async () => {
  const slots = new Slots(capacity(2))
  const bodies = new Bodies(slots)
  bodies.ask('a', 0)
  slots.paused = true
  bodies.ask('b', 1)
  await bodies.end('a')
  expect(bodies.began).toEqual(['a'])
  slots.paused = false
  expect(bodies.began).toEqual(['a', 'b'])
})

test('whoever goes away leaves its place, waiting or running', async () => {
  const bodies = new Bodies(new Slots(capacity(1)))
  const [running, waiting] = [bodies.ask('running', 0), bodies.ask('waiting', 1)]
  bodies.ask('last', 2)
  await Effect.runPromise(Fiber.interrupt(waiting))
  await Effect.runPromise(Fiber.interrupt(running))
  expect(bodies.began).toEqual(['running', 'last'])
})

test('those that together need more memory than there is run one after the other, and nobody with less need overtakes', async () => {
  const bodies = new Bodies(new Slots(capacity(3)))
  bodies.ask('40', 0, { bytes: 40 })
  bodies.ask('70', 1, { bytes: 70 })
  bodies.ask('10', 2, { bytes: 10 })
  expect(bodies.began).toEqual(['40'])
  await bodies.end('40')
  expect(bodies.began).toEqual(['40', '70', '10'])
})

test.each([500, Number.POSITIVE_INFINITY])('one that needs more than there is (%d) runs alone', async (bytes) => {
  const bodies = new Bodies(new Slots(capacity(3)))
  bodies.ask('small', 0)
  bodies.ask('large', 1, { bytes })
  bodies.ask('after', 2)
  expect(bodies.began).toEqual(['small'])
  await bodies.end('small')
  expect(bodies.began).toEqual(['small', 'large'])
  await bodies.end('large')
  expect(bodies.began).toEqual(['small', 'large', 'after'])
})

test('places have slots of their own, filled by rank up to the number of both', async () => {
  const slots = new Slots(capacity(3, { places: { usual: 2, processor: 2 } }))
  const bodies = new Bodies(slots)
  slots.paused = true
  for (const [arm, place] of (['usual', 'usual', 'usual', 'processor', 'processor'] as const).entries())
    bodies.ask(`${place} ${arm}`, arm, { place })
  slots.paused = false
  expect(bodies.began).toEqual(['usual 0', 'usual 1', 'processor 3'])
  // By rank it would be the turn of 'usual 2', which has no slot.
  await bodies.end('processor 3')
  expect(bodies.began.at(-1)).toBe('processor 4')
  await bodies.end('usual 0')
  expect(bodies.began.at(-1)).toBe('usual 2')
})
