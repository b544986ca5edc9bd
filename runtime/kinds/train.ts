/** Training from labels. */
import { fromLabels } from '../../stdlib/training/objective.ts'
import { readArtifact } from '../store/artifact.ts'
import { train as runTraining } from '../training/train.ts'
import type { Computation } from './stage.ts'

export const train: Computation<'train'> = async ({ options, inputs }, context, cache) =>
  runTraining(context, cache, options, await readArtifact(context.objects, inputs.model), fromLabels)
