/** The arms of a study with their measured metrics. */
import { everyTarget, parseTarget } from '../../format/target-name.ts'
import { listTargets } from '../load/loader.ts'
import { parseParams } from '../load/params.ts'
import { loadProblems } from '../load/problems.ts'
import type { PlanOptions, Prepared } from '../prepare.ts'
import { studyResults } from '../study-results.ts'
import type { MeasuredArm } from './winner.ts'

/** @param options what the study was prepared with */
export async function measuredArms(prepared: Prepared, { file, set, loadTimeout }: PlanOptions): Promise<MeasuredArm[]> {
  const listed = await listTargets(parseTarget(file).file, { seconds: loadTimeout }, parseParams(set))
  if (prepared.target === everyTarget)
    throw loadProblems.oneTarget(
      parseTarget(file).file,
      listed.map(({ name }) => name),
    )
  const choices = listed.find(({ name }) => name === prepared.target)?.choices ?? []
  const arms = await studyResults(prepared)
  return arms.map(({ measured, metrics, better }, i) => ({
    choices: choices[i] ?? [],
    metrics: measured ? metrics : undefined,
    ...(better === undefined ? {} : { better }),
  }))
}
