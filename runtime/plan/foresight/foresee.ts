/** Checks before anything runs: errors determined by the graph and the data that would otherwise surface in the middle of a run. */

import { show } from '../../../dsl/check/at.ts'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Graph } from '../../../dsl/graph/stage.ts'
import type { DataFactsByKey } from '../plan.ts'
import type { Foreseen } from './foreseen.ts'
import { foreseeImported } from './imported.ts'
import { foreseeSlimming } from './slimming.ts'
import { refuseIgnoredSeeds } from './studies.ts'
import { foreseeTrainings } from './trainings.ts'

/** @returns warnings, one for each place in the source @throws PlanProblem */
export function foresee(graph: Graph, data: DataFactsByKey): readonly ProblemText[] {
  refuseIgnoredSeeds(graph)
  foreseeImported(graph, data)
  const warnings = [...foreseeTrainings(graph, data), ...foreseeSlimming(graph)]
  const placeOf = ({ stage: { at, path }, problem: { title } }: Foreseen) => `${at === undefined ? path : show(at)} ${title}`
  return [...Map.groupBy(warnings, placeOf).values()].map(([first]) => first!.problem)
}
