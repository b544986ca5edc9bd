import { describe, expect, test } from 'vitest'
import { resources, sharedResources, usefulThreads, widthOf } from '../../../runtime/plan/width.ts'
import { distill, evaluate, graphOf, init, prune, train } from './stages.ts'

const chain = graphOf(init('i'), train('t', 'i'), prune('p', 't'), train('t2', 'p'), evaluate('e', 't2'))
const wide = (arms: number) =>
  graphOf(
    init('i'),
    ...Array.from({ length: arms }, (_, n) => [train(`t${n}`, 'i'), train(`u${n}`, `t${n}`), evaluate(`e${n}`, `u${n}`)]).flat(),
  )

describe('width', () => {
  test('of a chain is 1, of arms side by side their number', () => {
    expect(widthOf(chain)).toBe(1)
    expect(widthOf(wide(5))).toBe(5)
  })

  test('counts only training and distillation', () => {
    expect(widthOf(graphOf(init('a'), init('b'), init('c'), prune('p', 'a'), evaluate('e', 'b')))).toBe(1)
  })

  test('counts a level by the longest way: a student waits for its teacher', () => {
    const graph = graphOf(
      init('i'),
      train('teacher', 'i'),
      train('dense', 'i'),
      distill('student', 'i', 'teacher'),
      train('more', 'dense'),
      train('last', 'student'),
    )
    expect(widthOf(graph)).toBe(2)
  })
})

describe('slots and threads', () => {
  test.each<[number, number, number, number]>([
    [1, 2, 1, 2],
    [1, 16, 1, 16],
    [2, 2, 2, 1],
    [6, 2, 2, 1],
    [4, 16, 4, 4],
    [3, 8, 4, 2],
    [5, 8, 8, 1],
    [100, 8, 8, 1],
    [3, 1, 1, 1],
  ])('a plan %i wide on %i cores: %i slots of %i threads', (width, cores, slots, threads) => {
    expect(resources(width === 1 ? chain : wide(width), cores)).toEqual({ slots, threads })
  })

  test('asking for slots leaves the threads, and so the bits, alone', () => {
    for (const slots of [1, 2, 3, 9]) expect(resources(wide(6), 4, { slots })).toEqual({ slots, threads: 1 })
    expect(resources(chain, 4, { slots: 2 })).toEqual({ slots: 2, threads: 4 })
  })

  test('on GPUs there is a slot for each, whatever the plan is like, and they share the cores out', () => {
    for (const graph of [chain, wide(6)]) {
      expect(resources(graph, 16, {}, 4)).toEqual({ slots: 4, threads: 4 })
      expect(resources(graph, 2, {}, 4)).toEqual({ slots: 4, threads: 1 })
      expect(resources(graph, 16, { threads: 2, slots: 1 }, 4)).toEqual({ slots: 1, threads: 2 })
    }
  })

  test('stages that ask for the processor beside GPUs have the threads that they would have without GPUs', () => {
    for (const [graph, cores] of [
      [chain, 8],
      [wide(2), 8],
      [wide(6), 4],
    ] as const) {
      const { slots, threads } = resources(graph, cores)
      expect(sharedResources(graph, cores, {}, 2)).toEqual({
        slots: 2 + slots,
        threads: resources(graph, cores, {}, 2).threads,
        shares: { gpu: 2, processor: slots, threads },
      })
    }
  })

  test('--slots is how many run at once, wherever; --threads is for all', () => {
    expect(sharedResources(wide(6), 8, { slots: 3 }, 2)).toEqual({ slots: 3, threads: 4, shares: { gpu: 2, processor: 3, threads: 1 } })
    expect(sharedResources(chain, 8, { threads: 2 }, 1)).toEqual({ slots: 5, threads: 2, shares: { gpu: 1, processor: 4, threads: 2 } })
  })

  test('asking for threads decides the slots', () => {
    expect(resources(wide(6), 8, { threads: 2 })).toEqual({ slots: 4, threads: 2 })
    expect(resources(wide(6), 2, { threads: 8 })).toEqual({ slots: 1, threads: 8 })
    expect(resources(wide(6), 2, { threads: 3, slots: 5 })).toEqual({ slots: 5, threads: 3 })
  })

  test.each([
    [0, 1],
    [0.1e9, 1],
    [0.249e9, 1],
    [0.25e9, 2],
    [31e9, 248],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('steps of %d operations are computed by at most %d threads', (step, threads) => expect(usefulThreads(step)).toBe(threads))

  test('what small networks have no use for are more slots, not more threads; what is asked for stays', () => {
    expect(resources(chain, 8, { useful: 1 })).toEqual({ slots: 8, threads: 1 })
    expect(resources(wide(2), 8, { useful: 3 })).toEqual({ slots: 2, threads: 3 })
    expect(resources(wide(6), 2, { useful: 9 })).toEqual({ slots: 2, threads: 1 })
    expect(resources(chain, 8, { useful: 1, threads: 4 })).toEqual({ slots: 2, threads: 4 })
    expect(resources(chain, 8, { useful: 1, slots: 2 })).toEqual({ slots: 2, threads: 1 })
    expect(resources(chain, 8, { useful: 1 }, 2)).toEqual({ slots: 2, threads: 4 })
    expect(sharedResources(chain, 8, { useful: 1 }, 1)).toEqual({ slots: 9, threads: 8, shares: { gpu: 1, processor: 8, threads: 1 } })
  })

  test.each([0, -1, 1.5, Number.NaN])('%d slots or threads are refused by name', (value) => {
    expect(() => resources(chain, 2, { slots: value })).toThrow('--slots')
    expect(() => resources(chain, 2, { threads: value })).toThrow('--threads')
  })
})
