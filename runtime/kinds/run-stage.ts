/** Runs one stage of any kind; which kinds need a worker's engine is decided here. */

import type { StageKind } from '../../dsl/graph/stage.ts'
import type { WorkerCache } from '../worker/cache.ts'
import type { Outcome, StageContext, Stopped } from '../worker/stage-context.ts'
import { dense, interpolate, reinit, rewind } from './surgery.ts'
import type { Work } from './work.ts'

/** Kinds cheap enough for the scheduler's own process. Pruning sorts every weight, which would hold up its display. */
const inline: ReadonlySet<StageKind> = new Set(['rewind', 'reinit', 'interpolate', 'dense'])

export function needsWorker(kind: StageKind): boolean {
  return !inline.has(kind)
}

/** A stage that needs no worker. */
export function runInline(work: Work, context: StageContext): Promise<Outcome> {
  if (work.kind === 'rewind') return rewind(work, context)
  if (work.kind === 'reinit') return reinit(work, context)
  if (work.kind === 'interpolate') return interpolate(work, context)
  if (work.kind === 'dense') return dense(work, context)
  throw new TypeError(`a stage of kind ${work.kind} needs a worker`)
}

export async function runStage(work: Work, context: StageContext, cache: WorkerCache): Promise<Outcome | Stopped> {
  switch (work.kind) {
    case 'rewind':
    case 'reinit':
    case 'interpolate':
    case 'dense':
      return runInline(work, context)
    case 'prune':
      return (await import('./prune.ts')).prune(work, context, cache)
    case 'shrink':
      return (await import('./prune.ts')).shrink(work, context, cache)
    case 'init':
      return (await import('./init.ts')).init(work, context, cache)
    case 'train':
      return (await import('./train.ts')).train(work, context, cache)
    case 'distill':
      return (await import('./train.ts')).distill(work, context, cache)
    case 'export':
      return (await import('./export.ts')).exported(work, context, cache)
    case 'custom':
      return (await import('./custom.ts')).custom(work, context, cache)
    case 'recalibrate':
      return (await import('./recalibrate.ts')).recalibrate(work, context, cache)
    case 'merge':
      return (await import('./merge.ts')).merge(work, context, cache)
    case 'evaluate':
      return (await import('./evaluate.ts')).evaluate(work, context, cache)
  }
}
