/** `espalier why`: which parts of a stage's key differ from the nearest earlier result. Nothing is run. */
import { makePlan } from '../plan/plan.ts'
import { findStage } from '../plan/stage-name.ts'
import { whyOf } from '../plan/why.ts'
import { type PlanOptions, withPrepared } from '../project/prepare.ts'
import { whyView } from '../views/why.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export interface WhyOptions extends PlanOptions, Asked {
  /** The stage's path, its beginning, or a part of it that no other path has. */
  readonly stage: string
}

/** @throws PlanProblem for a name that fits no stage or several, and as `prepare` */
export async function why({ stage: name, ...options }: WhyOptions): Promise<number> {
  return withPrepared(options, async ({ graph, store, data, numerics }) => {
    const plan = await makePlan(graph, store, data, numerics)
    show(options, 'why', whyView(await whyOf(graph, plan, store, findStage(name, plan.stages))))
    return exitCodes.done
  })
}
