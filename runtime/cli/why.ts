/** `espalier why`: which parts of a stage's key differ from the nearest earlier result. Nothing is run. */
import { makePlan } from '../plan/plan.ts'
import { findStage } from '../plan/stage-name.ts'
import { type Why, whyOf } from '../plan/why.ts'
import { type CommonOptions, prepare } from '../project/prepare.ts'
import { patchOf, whyLines } from '../terminal/why-view.ts'
import { exitCodes } from './exit.ts'

export interface WhyOptions extends CommonOptions {
  /** The stage's path, its beginning, or a part of it that no other path has. */
  readonly stage: string
}

/** @throws PlanProblem for a name that fits no stage or several, and as `prepare` */
export async function why({ stage: name, ...options }: WhyOptions): Promise<number> {
  const { graph, store, data, numerics } = await prepare(options)
  try {
    const plan = await makePlan(graph, store, data, numerics)
    const answer = await whyOf(graph, plan, store, findStage(name, plan.stages))
    const text = options.json ? JSON.stringify(documentOf(answer), undefined, 2) : whyLines(answer).join('\n')
    process.stdout.write(`${text}\n`)
    return exitCodes.done
  } finally {
    store.close()
  }
}

function documentOf({ stage, compared, differences, after }: Why) {
  const { path, kind, status, key, reasons } = stage
  return {
    stage: { path, kind, status, key, reasons },
    compared: compared ?? null,
    differences: differences.map(({ part, says, before, after, code }) => {
      const patch = patchOf(code)
      return { part, says, before, after, ...(patch === undefined ? {} : { diff: patch }) }
    }),
    after: after.map(({ path, kind, status, key, reasons }) => ({ path, kind, status, key, reasons })),
  }
}
