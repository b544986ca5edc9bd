/** Studies whose axes have no effect. */
import type { Arm, Graph, Stage } from '../../../dsl/graph/stage.ts'
import { planProblems } from '../problems.ts'

/** @throws PlanProblem for seeds that all give the same pipeline: their mean would count one result several times */
export function refuseIgnoredSeeds({ stages, targets }: Graph): void {
  const byId = new Map<string, Stage>(stages.map((stage) => [stage.id, stage]))
  for (const { arms } of targets) {
    for (const [label, group] of Map.groupBy(arms.filter(hasSeed), withoutSeed)) {
      const ends = new Set(group.map(({ model, metrics }) => `${model} ${metrics}`))
      if (group.length > 1 && ends.size === 1) throw planProblems.seedIgnored(byId.get(group[0]!.model), label, group.length)
    }
  }
}

const isSeed = ({ axis }: Arm['labels'][number]): boolean => axis === 'seed'
const hasSeed = ({ labels }: Arm): boolean => labels.some(isSeed)
const withoutSeed = ({ labels }: Arm): string =>
  labels
    .filter((label) => !isSeed(label))
    .map(({ axis, value }) => `${axis}=${value}`)
    .join(' ')
