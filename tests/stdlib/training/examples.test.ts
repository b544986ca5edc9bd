import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { batchesFrom, epochBatches, type Rows, StreamedExamples } from '../../../stdlib/training/examples.ts'

describe('an epoch', () => {
  test('visits every example once, in another order than the next, and drops the last partial batch', () => {
    const [first, second] = [epochBatches(7, 0, 10, 3), epochBatches(7, 1, 10, 3)]
    expect(first.length).toBe(3)
    expect(new Set(first.flatMap((batch) => [...batch])).size).toBe(9)
    expect(second).not.toEqual(first)
    expect(epochBatches(7, 0, 10, 3)).toEqual(first)
  })

  test('goes on from any position as it would have gone', () => {
    const all = [...batchesFrom(7, 0, 9, 10, 3)]
    expect(all).toEqual([0, 1, 2].flatMap((epoch) => epochBatches(7, epoch, 10, 3)))
    for (let position = 0; position <= 9; position++) expect([...batchesFrom(7, position, 9, 10, 3)]).toEqual(all.slice(position))
    expect([...batchesFrom(7, 2, 5, 10, 3)]).toEqual(all.slice(2, 5))
  })
})

describe('examples that are read batch by batch', async () => {
  const engine = await openEngine({ threads: 1 })
  const batches = [...batchesFrom(0, 0, 8, 12, 3)]

  /** Rows whose every pixel is their number, and what was read when. */
  function rows(failing = -1, side = 1): Rows & { readonly reads: number[][] } {
    const reads: number[][] = []
    return {
      reads,
      input: [side, side, 1],
      labels: Int32Array.from({ length: 12 }, (_, i) => i % 4),
      read: async (indices) => {
        reads.push([...indices])
        if (indices.includes(failing)) throw new Error('unreadable')
        return Float32Array.from({ length: indices.length * side * side }, (_, i) => indices[Math.floor(i / side / side)]!)
      },
    }
  }
  const fed = async (examples: StreamedExamples, indices: Int32Array) =>
    (await examples.feed(indices)).map((tensor) => [...tensor.dataSync()])

  test('are read ahead of the steps, each batch once, in order', async () => {
    const source = rows()
    const examples = new StreamedExamples(engine, source)
    const many = [...batchesFrom(0, 0, 80, 12, 3)]
    examples.ahead(many)
    expect(source.reads.length).toBe(64)
    for (const [i, batch] of many.entries()) {
      expect(await fed(examples, batch)).toEqual([[...batch], [...batch], [...batch].map((index) => index % 4)])
      expect(source.reads.length).toBe(Math.min(80, i + 65))
    }
    expect(source.reads).toEqual(many.map((batch) => [...batch]))
  })

  test('are read as far ahead as 16 MB, at least four batches', async () => {
    for (const [side, ahead] of [
      [500, 5], // 3 MB each
      [800, 4], // 7.7 MB each
    ] as const) {
      const source = rows(-1, side)
      const examples = new StreamedExamples(engine, source)
      examples.ahead(batches)
      expect(source.reads.length).toBe(ahead)
      engine.tf.dispose(await examples.feed(batches[0]!))
      expect(source.reads.length).toBe(ahead + 1)
      examples.dispose()
    }
  })

  test('are given for several batches at once, on a first axis', async () => {
    const examples = new StreamedExamples(engine, rows(-1, 2))
    examples.ahead(batches)
    const together = await examples.feed(Int32Array.from([...batches[0]!, ...batches[1]!]), 2)
    expect(together.map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 3, 2, 2, 1],
      [2, 3],
    ])
    const pixels = [...batches[0]!, ...batches[1]!].flatMap((index) => [index, index, index, index])
    expect([...together[1]!.dataSync()]).toEqual(pixels)
    expect((await fed(examples, batches[2]!))[1]).toEqual([...batches[2]!].flatMap((index) => [index, index, index, index]))
  })

  test('are right whatever was announced', async () => {
    const examples = new StreamedExamples(engine, rows())
    examples.ahead(batches)
    expect((await fed(examples, batches[3]!))[1]).toEqual([...batches[3]!])
    expect((await fed(examples, batches[0]!))[1]).toEqual([...batches[0]!])
  })

  test('fail in the step that needs what cannot be read, not before', async () => {
    const examples = new StreamedExamples(engine, rows(batches[2]![0]))
    examples.ahead(batches.slice(0, 4))
    await fed(examples, batches[0]!)
    await fed(examples, batches[1]!)
    await expect(examples.feed(batches[2]!)).rejects.toThrow('unreadable')
  })
})
