/** A training from end to end: everything it needs, its loop with all that looks on, and its result. */

import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { densityMetrics } from '../../stdlib/metrics/density.ts'
import { batchEnsembleOf } from '../../stdlib/models/networks/batch-ensemble.ts'
import { isKernel, type Network } from '../../stdlib/network.ts'
import { refuseReturn } from '../../stdlib/prune/pattern.ts'
import { isStructured, looksAtMovement, maskChooser } from '../../stdlib/prune/registry.ts'
import type { TrainingObjective } from '../../stdlib/training/objective.ts'
import { numericsOfTraining } from '../engine/numerics.ts'
import { readArtifact, writeArtifact } from '../store/artifact.ts'
import type { MaskHandling, WorkerCache } from '../worker/cache.ts'
import { failures } from '../worker/problems.ts'
import type { Outcome, StageContext, Stopped } from '../worker/stage-context.ts'
import { Curves } from './curves.ts'
import type { Observe, Training } from './observer.ts'
import { checkpointing, keptState } from './observers/checkpointing.ts'
import { counting } from './observers/counting.ts'
import { earlyStop } from './observers/early-stop.ts'
import { epochEnds } from './observers/epoch-ends.ts'
import { progress } from './observers/progress.ts'
import { pruning } from './observers/pruning.ts'
import { replay } from './observers/replay.ts'
import { selectedName, selection } from './observers/selection.ts'
import { snapshots } from './observers/snapshots.ts'
import type { TrainingParts } from './parts.ts'
import { Step, stepsPerEpochOf } from './step.ts'
import { TrainedNetwork } from './trained-network.ts'
import { resumed, TrainingCheckpoints } from './training-checkpoints.ts'
import { trainingLoop } from './training-loop.ts'

/** At a step, and at the end, in this order. */
const observers: readonly Observe[] = [
  pruning,
  counting,
  progress,
  // Before the last point of an early stop, which is none of a longer training's grid.
  keptState,
  earlyStop,
  epochEnds,
  selection,
  snapshots,
  replay,
  checkpointing,
]

export async function train(
  context: StageContext,
  cache: WorkerCache,
  options: TrainOptions,
  network: Network,
  objective: TrainingObjective,
): Promise<Outcome | Stopped> {
  const { data, batch, pruning } = options
  const { model } = network.topology
  const { numerics } = await cache.engine()
  if (pruning !== undefined) refuseReturn(network.topology, pruning.mode)
  const examples = await cache.examples(data, 'train')
  if (examples.count < batch) throw failures.batchTooLarge(batch, examples.count)
  return trainWith(context, {
    options,
    network,
    objective,
    numerics: numericsOfTraining(numerics, options),
    examples,
    trainer: await cache.trainer(model, options, maskHandling(network, pruning), objective),
    bound: await cache.network(model),
    validation: await cache.evaluator(model, data, 'validation'),
    test: options.earlyStop === undefined ? undefined : await cache.evaluator(model, data, 'test'),
    choose: pruning && (await maskChooser(pruning.options.criterion, network, cache, pruning.channels)),
  })
}

export async function trainWith(context: StageContext, parts: TrainingParts): Promise<Outcome | Stopped> {
  const { options, network, objective, numerics, examples, trainer, bound } = parts
  const perEpoch = stepsPerEpochOf(options, { trainExamples: examples.count })
  const [start, end] = [Step.startOf(options, perEpoch), Step.endOf(options, perEpoch)]
  const steps = end.since(start)
  trainer.start(network, objective.constants, objective.state)
  const counters = await resumed(context, trainer, numerics)
  context.report({ type: 'started', steps, resumedAt: counters.step > 0 ? counters.step : null })
  const curves = new Curves(context, counters.points)
  curves.report()

  const checkpoints = new TrainingCheckpoints(context, trainer, numerics, counters)
  const training: Training = { ...parts, context, start, end, counters, curves, trained: new TrainedNetwork(parts), checkpoints }
  const present = observers.flatMap((observe) => observe(training) ?? [])
  const ended = await trainingLoop(parts, start.plus(counters.step), present)
  if (ended !== undefined) return ended
  const { [selectedName]: selected, ...snapshots } = counters.snapshots
  const result = selected === undefined ? await training.trained.result() : await readArtifact(context.objects, selected)
  return {
    artifact: selected ?? (await writeArtifact(context.objects, result)),
    snapshots,
    metrics: {
      ...curves.at(counters.selected === undefined ? end : new Step(counters.selected.step, perEpoch)),
      ...Object.assign({}, ...present.map((observer) => observer.metrics?.())),
      ...densityMetrics(result),
      'training/macs': bound.summary().macs * forwardPasses(network.topology.model) * steps * options.batch,
    },
    numerics,
    weights: counters.weights,
    ...(checkpoints.kept === undefined ? {} : { state: checkpoints.kept }),
  }
}

/** Each member of a batch ensemble makes a forward pass of its own. */
const forwardPasses = (model: Spec): number => batchEnsembleOf(model)?.members ?? 1

function maskHandling({ topology, masks }: Network, pruning: TrainOptions['pruning']): MaskHandling {
  const kernels = new Set(topology.parameters.filter((parameter) => parameter.prunable || isKernel(parameter)).map(({ name }) => name))
  const structured =
    [...masks.keys()].some((name) => !kernels.has(name)) ||
    (pruning !== undefined && pruning.channels === undefined && isStructured(pruning.options.criterion))
  if (pruning === undefined) return { masking: masks.size > 0 ? 'fixed' : 'none', structured, movement: false }
  const movement = looksAtMovement(pruning.options.criterion)
  return { masking: pruning.mode === 'freeze' ? 'gradual' : pruning.mode, structured, movement }
}
