/** The arms of a file, as trackers get them. */
import { basename } from 'node:path'
import type { Json } from '../../dsl/check/canonical.ts'
import { isTraining, type Stage } from '../../dsl/graph/stage.ts'
import { Paths } from '../../dsl/language/paths.ts'
import { parseTarget } from '../format/target-name.ts'
import type { TrackedStage, TrackedStudy } from '../interop/tracking/tracker.ts'
import { origins } from '../plan/origins.ts'
import { splitPath } from '../views/arms.ts'
import { flatOptions } from '../views/stage-options.ts'
import type { Prepared } from './prepare.ts'
import { chain } from './study-results.ts'

export function trackedStudy({ file, target, graph, data }: Pick<Prepared, 'file' | 'target' | 'graph' | 'data'>): TrackedStudy {
  const byId = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const origin = origins(graph, data)
  const stem = basename(parseTarget(file).file).replace(/(\.pipeline)?\.[cm]?[jt]s$/, '')
  return {
    file,
    name: target === 'default' ? stem : `${stem}#${target}`,
    arms: graph.targets.flatMap(({ arms }) =>
      arms.map(({ path, labels, model, metrics }) => {
        const names = new Paths()
        const stages = [...chain(byId, model), byId.get(metrics)!].map((stage) => trackedStage(stage, names))
        return { origin: origin.get(metrics)!, path, labels, stages }
      }),
    ),
  }
}

function trackedStage(stage: Stage, names: Paths): TrackedStage {
  const { path, kind, options } = stage
  // Options are JSON.
  return {
    path,
    name: names.claim(splitPath(path).stage),
    kind,
    options: flatOptions({ options: options as Json }),
    trains: isTraining(stage),
  }
}
