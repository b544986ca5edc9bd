import { expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import type { IterativeCriterion } from '../../../stdlib/prune/criterion.ts'
import { prunedInRounds, sparsityAfter } from '../../../stdlib/prune/rounds.ts'
import { bits, tiny } from '../networks.ts'

const network = tiny({ fc1: [1, 2, 3, 4, 5, 6], out: [7, 8, 9, 10, 11, 12] })
const options = {
  criterion: { kind: 'synflow', rounds: 2 },
  scope: 'global',
  sparsity: 0.75,
  of: 'all',
  exclude: [],
  outputLayer: 'same',
} satisfies PruneOptions

/** Scores by round, and the masks that each was asked about. */
const fake = (rounds: readonly { readonly fc1: readonly number[]; readonly out: readonly number[] }[], returns?: true) => {
  const asked: unknown[] = []
  const record: IterativeCriterion = {
    rounds: () => rounds.length,
    ...(returns === undefined ? {} : { returns }),
    scorer: async () => ({
      async scores({ masks }, round) {
        asked.push(bits(masks))
        return new Map(Object.entries(rounds[round - 1]!).map(([layer, scores]) => [`${layer}/kernel`, Float32Array.from(scores)]))
      },
      dispose: () => asked.push('disposed'),
    }),
  }
  return { record, asked }
}

const first = { fc1: [1, 2, 3, 4, 5, 6], out: [7, 8, 9, 10, 11, 12] }
const turned = { fc1: [90, 91, 92, 93, 94, 95], out: [1, 2, 3, 4, 5, 99] }

test('the density falls by the same factor each round, to the whole fraction to the bit', () => {
  expect(sparsityAfter(0.99, 0.5)).toBeCloseTo(0.9, 12)
  expect(sparsityAfter(0.3, 1)).toBe(0.3)
  expect(sparsityAfter({ fc1: 0.75, out: 0 }, 0.5)).toEqual({ fc1: 0.5, out: 0 })
})

test('each round asks of what the last one left; what went is gone, and as many go as at once', async () => {
  // Half of 12 first, then three quarters.
  const { record, asked } = fake([{ ...first, fc1: [1, 20, 3, 4, 5, 6] }, turned])
  const masks = await prunedInRounds(record, network, options, {} as never)
  const half = { fc1: [0, 1, 0, 0, 0, 0], out: [0, 1, 1, 1, 1, 1] }
  expect(asked).toEqual([{}, half, 'disposed'])
  expect(bits(masks)).toEqual({ fc1: [0, 1, 0, 0, 0, 0], out: [0, 0, 0, 0, 1, 1] })
})

test('where what went may return, it does', async () => {
  const { record } = fake([{ ...first, fc1: [1, 20, 3, 4, 5, 6] }, turned], true)
  expect(bits(await prunedInRounds(record, network, options, {} as never))).toEqual({ fc1: [0, 0, 0, 0, 1, 1], out: [0, 0, 0, 0, 0, 1] })
})

test('weights that were gone before the first round count as gone, and do not come back in either case', async () => {
  const before = { ...network, masks: tiny(first, { fc1: [0, 0, 0, 1, 1, 1] }).masks }
  for (const returns of [undefined, true] as const) {
    const high = { ...first, fc1: [99, 99, 99, 4, 50, 60] }
    const { record } = fake([high, high], returns)
    const masks = await prunedInRounds(record, before, options, {} as never)
    expect(bits(masks)).toEqual({ fc1: [0, 0, 0, 0, 1, 1], out: [0, 0, 0, 0, 0, 1] })
  }
})

test('a step is let go of when a round fails', async () => {
  const { record, asked } = fake([{ fc1: [1, 1, 1, 1, 1, 1], out: [2, 2, 2, 2, 2, 2] }])
  await expect(prunedInRounds(record, network, { ...options, sparsity: 0.5 }, {} as never)).rejects.toThrow(
    'Pruning would remove every weight of layer fc1.',
  )
  expect(asked.at(-1)).toBe('disposed')
})
