import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../../../runtime/execution/heap.ts'

test('what is taken is the least of what is there, whatever was added and taken before', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: 'take' as const })), (steps) => {
      const heap = new Heap<number>((a, b) => a - b)
      let model: number[] = []
      for (const step of steps) {
        if (step === 'take') {
          const least = model.length === 0 ? undefined : Math.min(...model)
          expect(heap.first).toBe(least)
          expect(heap.take()).toBe(least)
          model = model.toSpliced(least === undefined ? 0 : model.indexOf(least), least === undefined ? 0 : 1)
        } else {
          heap.add(step)
          model.push(step)
        }
      }
    }),
  )
})
