/** `espalier plan`: what a run would do, and why. Nothing is run. */
import { resolve } from 'node:path'
import { parseTarget } from '../format/target-name.ts'
import { expectedSeconds, timeFor } from '../plan/estimate.ts'
import { makePlan } from '../plan/plan.ts'
import { trainingSteps } from '../plan/training-steps.ts'
import { renderProblem } from '../problem.ts'
import { type CommonOptions, prepare } from '../project/prepare.ts'
import { rememberPlan } from '../store/sqlite/targets.ts'
import { planLines } from '../terminal/plan-view.ts'
import { exitCodes } from './exit.ts'

export async function plan(options: CommonOptions): Promise<number> {
  const { file, target, graph, store, data, numerics, resources, warnings } = await prepare(options)
  const made = await makePlan(graph, store, data, numerics)
  rememberPlan(store.index, resolve(parseTarget(file).file), target, made.stages)
  const { stages } = made
  const seconds = timeFor(expectedSeconds(graph, stages, store.index), stages, resources.slots)
  store.close()
  const training = trainingSteps(graph, data)
  if (options.json) {
    const document = {
      file,
      targets: [target],
      trainingSteps: training,
      seconds: seconds ?? null,
      warnings,
      stages: stages.map(({ path, kind, status, key, artifact, reasons, resources }) => ({
        path,
        kind,
        status,
        key,
        artifact,
        reasons,
        ...(resources === undefined ? {} : { resources }),
      })),
    }
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
  } else {
    for (const line of planLines(stages, { training, seconds })) process.stdout.write(`${line}\n`)
    for (const warning of warnings) process.stdout.write(`\n${renderProblem(warning)}\n`)
  }
  return exitCodes.done
}
