/** A store and a pipeline file of the largest size that the page has to handle, made without computing anything. */
import { resolve } from 'node:path'
import type { Json } from '../dsl/check/canonical.ts'
import { keyOf } from '../runtime/plan/manifest.ts'
import type { Store } from '../runtime/store/store.ts'

export interface Size {
  readonly runs: number
  readonly results: number
  readonly points: number
}

/** Results spread over the runs, and one training with a long curve. @returns the training's key */
export async function fillStore(store: Store, { runs, results, points }: Size): Promise<string> {
  const each = Math.max(1, Math.round(results / runs))
  for (let run = 0; run < runs; run++) {
    const file = resolve(`study-${run % 50}.pipeline.ts`)
    const stages = []
    for (let i = 0; i < each; i++) {
      const seed = run * each + i
      const manifest: Json = { kind: 'train', revision: 2, options: { epochs: 20, batch: 64, seed }, inputs: {} }
      const [path, key] = [`seed=${i}/arm${run % 100}/train`, keyOf(manifest)]
      const metrics = { 'train/loss': 1 / (1 + seed), 'validation/accuracy': 0.9 + 0.1 * Math.sin(seed), sparsity: 0.9 }
      const result = { key, kind: 'train', path, manifest, artifact: undefined, snapshots: {}, metrics, numerics: undefined }
      await store.results.put({ ...result, finished: Date.now(), seconds: 10 })
      stages.push({ path, key, kind: 'train', outcome: 'run' as const, seconds: 10, because: null })
    }
    const id = await store.journal.begin({ file, target: 'default', started: Date.now() - (runs - run) * 60_000 })
    await store.journal.write(id, [{ event: { event: 'start', file, stages: each, slots: 2, threads: 1 }, time: Date.now() }])
    const counts = { total: each, hit: 0, run: each, resumed: 0, failed: 0, skipped: 0 }
    const target = { file, target: 'default', keys: Object.fromEntries(stages.map(({ path, key }) => [path, key])) }
    await store.journal.finish(id, { status: run % 20 === 0 ? 'failed' : 'done', seconds: 100, counts, stages, target })
  }
  const manifest: Json = { kind: 'train', revision: 2, options: { epochs: 1000, batch: 64, seed: -1 }, inputs: {} }
  const key = keyOf(manifest)
  const result = { key, kind: 'train', path: 'long/train', manifest, artifact: undefined, snapshots: {}, metrics: {}, numerics: undefined }
  for (let from = 0; from < points; from += 50_000)
    await store.results.putMetrics(
      key,
      Array.from({ length: Math.min(50_000, points - from) }, (_, i) => ({
        series: 'train/loss',
        step: from + i,
        value: 3 * Math.exp(-(from + i) / (points / 4)) + 0.1 * Math.sin(i),
      })),
    )
  // As trainings do: the result after its curve.
  await store.results.put({ ...result, finished: Date.now(), seconds: 1 })
  return key
}

/** Five seeds of `arms` ways to prune one network: three stages per arm and seed, and the dense one. */
export const largeStudy = (arms: number): string => `
import { compare, digits, adam, lenet300, seeds, sweep, task } from 'espalier'
export default seeds(5, (seed) => {
  const dense = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, batch: 64, seed }).train()
  const sparsity = Array.from({ length: ${arms} }, (_, i) => (i + 1) / ${arms + 1})
  return compare({ dense, pruned: sweep({ sparsity }, (arm) => dense.prune(arm.sparsity).finetune({ epochs: 1 })) })
})
`

/** One arm whose training takes some seconds. */
export const smallStudy = (epochs: number): string => `
import { adam, compare, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: ${epochs}, batch: 64, seed: 1 })
export default compare({ dense: train(), pruned: train().prune(0.9).finetune() })
`
