/** Limits on the size of a study: a larger one is a mistake and could not be planned in reasonable time. */
import { type SourceLocation, show } from '../check/at.ts'
import { PipelineProblem } from '../check/problem.ts'

const most = { levels: 100, arms: 50_000 }

/** @throws PipelineProblem */
export const refuseDeep = (levels: number, at: SourceLocation | undefined): void => {
  if (levels <= most.levels) return
  throw new PipelineProblem({
    title: `Studies, ensembles and teachers are nested at most ${most.levels} levels deep.`,
    facts: { at: at && show(at) },
    hint: 'Look for a loop that puts each study into the next; arms beside each other are one compare().',
  })
}

/** @throws PipelineProblem */
export const refuseMany = (arms: number, at: SourceLocation | undefined): void => {
  if (arms <= most.arms) return
  throw new PipelineProblem({
    title: `A study has at most ${most.arms} arms.`,
    facts: { arms: arms === most.arms + 1 ? `more than ${most.arms}` : arms, at: at && show(at) },
    hint: 'Try fewer values, or a part of them at a time: the store keeps what the parts share.',
  })
}
