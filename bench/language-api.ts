/** What the benchmark of the language bundles and times. */

export { dataFacts } from '../runtime/data/datasets.ts'
export { dataOf } from '../runtime/kinds/kinds.ts'
export { dataKey, makePlan } from '../runtime/plan/plan.ts'
export { openChecker } from '../runtime/project/check/checker.ts'
export { loadPipelines } from '../runtime/project/load/loader.ts'
export { startAhead } from '../runtime/project/load/thread.ts'
export { openStore } from '../runtime/store/open.ts'
