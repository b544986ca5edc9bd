import { expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { fileSizes } from '../../../runtime/measure/file-size.ts'
import { latency } from '../../../runtime/measure/latency.ts'
import { lenet300 } from '../../../stdlib/index.ts'
import { applyMasks } from '../../../stdlib/masks.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'

test('a file is dense, sparse, or under gzip; and the network is timed as often as it must be', async () => {
  const engine = await openEngine({ threads: 1 })
  const bound = boundNetwork(engine, lenet300().spec)
  const { topology } = bound
  const weights = initialise(topology, 1)
  const dense = fileSizes({ topology, weights, masks: new Map() })
  expect(dense.dense).toBeGreaterThan(4 * 266_610)
  expect(dense.dense).toBeLessThan(4 * 266_610 + 1000)
  expect(dense.sparse).toBe(dense.dense)
  // Nine of ten weights of the first kernel are gone.
  const masks = new Map([['fc1/kernel', Uint8Array.from({ length: 235_200 }, (_, i) => (i % 10 === 0 ? 1 : 0))]])
  const pruned = fileSizes({ topology, weights: applyMasks(weights, masks), masks })
  expect(pruned.dense).toBe(dense.dense)
  expect(dense.sparse - pruned.sparse).toBe(4 * 211_680 - 235_200 / 8)
  expect(pruned.gzip).toBeLessThan(0.4 * dense.gzip)

  const before = engine.memory().tensors
  const { batch, runs, median, p95 } = await latency(engine, bound, weights, 2, 0)
  expect(batch).toBe(2)
  expect(runs).toBe(20)
  expect(median).toBeGreaterThan(0)
  expect(p95).toBeGreaterThanOrEqual(median)
  expect(engine.memory().tensors).toBe(before)
})
