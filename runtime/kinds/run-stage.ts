/** Runs a stage of any kind. */
import type { WorkerCache } from '../worker/cache.ts'
import type { Outcome, StageContext, Stopped } from '../worker/stage-context.ts'
import { stageKinds } from './kinds.ts'
import type { Work } from './work.ts'

/** Runs a stage that does not need a worker. */
export async function runInline(work: Work, context: StageContext): Promise<Outcome> {
  const kind = stageKinds[work.kind]
  if (kind.placement === 'worker') throw new TypeError(`a stage of kind ${work.kind} needs a worker`)
  const run = (await kind.run()) as (work: Work, context: StageContext) => Promise<Outcome> // the one of the work's kind
  return run(work, context)
}

export async function runStage(work: Work, context: StageContext, cache: WorkerCache): Promise<Outcome | Stopped> {
  const { run } = stageKinds[work.kind]
  const compute = (await run()) as (...given: Parameters<typeof runStage>) => ReturnType<typeof runStage> // the one of the work's kind
  return compute(work, context, cache)
}
