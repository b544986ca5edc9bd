/** What the benchmark of the language bundles and times. */
export { openChecker } from '../runtime/check/checker.ts'
export { dataFacts } from '../runtime/data/datasets.ts'
export { loadPipelines } from '../runtime/load/loader.ts'
export { startAhead } from '../runtime/load/thread.ts'
export { dataOf } from '../runtime/plan/manifest.ts'
export { dataKey, makePlan } from '../runtime/plan/plan.ts'
export { openStore } from '../runtime/store/disk-store.ts'
