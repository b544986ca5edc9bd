/** Training on labels. */
import { customObjective, type ObjectiveFunction } from '../../stdlib/training/custom-objective.ts'
import { plainly, usualObjective } from '../../stdlib/training/objective.ts'
import { readArtifact } from '../store/artifact.ts'
import { train as runTraining } from '../training/train.ts'
import type { Computation } from './stage.ts'

export const train: Computation<'train'> = async ({ options, inputs }, context, cache) => {
  const { data, objective: fn } = options
  const objective =
    fn === undefined
      ? usualObjective((await cache.dataset(data)).target)
      : plainly(customObjective(await cache.userFunction<ObjectiveFunction>(fn)), ['objective', fn.fingerprint])
  return runTraining(context, cache, options, await readArtifact(context.objects, inputs.model), objective)
}
