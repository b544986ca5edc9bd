import { expect, test } from 'vitest'
import type { PlannedStage } from '../../../runtime/plan/plan.ts'
import { changesView } from '../../../runtime/views/watch.ts'

const planned = (path: string, ...reasons: readonly string[]) => ({ path, reasons }) as unknown as PlannedStage

test('the same stage of several seeds is one change', () => {
  const begins = [
    planned('seed=0/a/train', 'epochs 3 → 4'),
    planned('seed=1/a/train', 'epochs 3 → 4'),
    { ...planned('prune', 'never run'), status: 'unknown' as const },
  ]
  expect(changesView({ begins, found: [planned('b/init')], falls: 2, stays: 5, open: 4 }, 0.25)).toEqual({
    seconds: 0.25,
    counts: { begins: 3, later: 1, found: 1, falls: 2, stays: 5, open: 4 },
    begins: [
      { stage: 'a/train', seeds: 2, reasons: ['epochs 3 → 4'] },
      { stage: 'prune', seeds: 1, reasons: ['never run'] },
    ],
  })
})
