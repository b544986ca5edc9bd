/** The arms of a study with what was measured of them. */
import { parseTarget } from '../../format/target-name.ts'
import { makePlan } from '../../plan/plan.ts'
import { listTargets } from '../load/loader.ts'
import { parseParams } from '../load/params.ts'
import type { PlanOptions, Prepared } from '../prepare.ts'
import type { MeasuredArm } from './winner.ts'

/** @param options what the study was prepared with */
export async function measuredArms(
  { graph, target, store, data, numerics }: Prepared,
  { file, set, loadTimeout }: PlanOptions,
): Promise<MeasuredArm[]> {
  const { stages } = await makePlan(graph, store, data, numerics)
  const keys = new Map(stages.map(({ id, status, key }) => [id, status === 'hit' ? key : null]))
  const listed = await listTargets(parseTarget(file).file, { seconds: loadTimeout }, parseParams(set))
  const choices = listed.find(({ name }) => name === target)?.choices ?? []
  const arms = graph.targets.flatMap((one) => one.arms)
  return Promise.all(
    arms.map(async ({ metrics: stage }, i): Promise<MeasuredArm> => {
      const key = keys.get(stage)
      const found = key === undefined || key === null ? undefined : await store.results.find(key)
      return { choices: choices[i] ?? [], metrics: found?.found === 'sound' ? found.result.metrics : undefined }
    }),
  )
}
