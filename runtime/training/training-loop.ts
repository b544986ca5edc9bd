/**
 * Epochs of steps, with checkpoints, kept snapshots and curves. Everything a step needs follows from its number, so a training that
 * continues from a checkpoint does exactly what it would have done.
 */

import type { Spec, TrainOptions } from '../../dsl/graph/stage-options.ts'
import { checkInvariants } from '../../stdlib/invariants.ts'
import { applyMasks } from '../../stdlib/masks.ts'
import { densityMetrics } from '../../stdlib/metrics/density.ts'
import { batchEnsembleOf } from '../../stdlib/models/networks/batch-ensemble.ts'
import type { Masks, Network } from '../../stdlib/network.ts'
import { learningRate } from '../../stdlib/optim/schedule.ts'
import { changesAt, gradualMasks, inSteps, reached } from '../../stdlib/prune/gradual.ts'
import { isStructured, looksAtMovement, maskChooser } from '../../stdlib/prune/registry.ts'
import type { Evaluator, Measures } from '../../stdlib/training/evaluator.ts'
import { batchesFrom } from '../../stdlib/training/examples.ts'
import type { TrainingObjective } from '../../stdlib/training/objective.ts'
import { numericsOfTraining } from '../engine/numerics.ts'
import { writeArtifact } from '../store/artifact.ts'
import type { MaskHandling, WorkerCache } from '../worker/cache.ts'
import { failures } from '../worker/problems.ts'
import type { Outcome, StageContext, Stopped } from '../worker/stage-context.ts'
import { type EarlyStopOptions, earlyStopMetrics, look } from './early-stop.ts'
import { snapshotName, startOf, stepAt } from './positions.ts'
import { Progress } from './progress.ts'
import { resumed, TrainingCheckpoints } from './training-checkpoints.ts'
import { weightsDigest } from './weights-digest.ts'

/** A loss (in nats) beyond which training has diverged, finite or not: Adam's bounded steps can stay finite in ruins. */
const hopeless = 1e9
/** Steps between points of the `train/batch-loss` curve. */
const curveEvery = 20

export async function train(
  context: StageContext,
  cache: WorkerCache,
  options: TrainOptions,
  network: Network,
  objective: TrainingObjective,
): Promise<Outcome | Stopped> {
  const { data, optimizer, batch, epochs, seed, ema, earlyStop } = options
  const { model } = network.topology
  const numerics = numericsOfTraining((await cache.engine()).numerics, options)
  const examples = await cache.examples(data, 'train')
  const stepsPerEpoch = Math.floor(examples.count / batch)
  if (stepsPerEpoch === 0) throw failures.batchTooLarge(batch, examples.count)
  const pruning = options.pruning && inSteps(options.pruning, stepsPerEpoch)
  const [start, end] = [startOf(options, stepsPerEpoch), epochs * stepsPerEpoch]
  const steps = end - start
  const span = { from: start, steps: end }
  const { keep, given, stopAfter } = context.job
  const last = stopAfter === null ? undefined : stepAt(stopAfter, stepsPerEpoch)
  const trainer = await cache.trainer(model, options, maskingOf(network, pruning), objective)
  const bound = await cache.network(model)
  const validation = await cache.evaluator(model, data, 'validation')
  const stop =
    earlyStop === undefined ? undefined : { every: earlyStop, validation, test: await cache.evaluator(model, data, 'test'), measure }

  const choose = pruning && (await maskChooser(pruning.options.criterion, 'in the course of a training', network, cache))

  trainer.start(network, objective.constants)
  const counters = await resumed(context, trainer, numerics)
  context.report({ type: 'started', steps, resumedAt: counters.step > 0 ? counters.step : null })
  if (counters.points.length > 0) context.report({ type: 'metrics', points: counters.points })

  const checkpoints = new TrainingCheckpoints(context, trainer, numerics)
  const progress = new Progress(context, { steps, stepsPerEpoch, start, epochs })
  let sent = counters.points.length
  const sendPoints = () => {
    if (sent < counters.points.length) context.report({ type: 'metrics', points: counters.points.slice(sent) })
    sent = counters.points.length
  }

  const order = () => batchesFrom(seed, start + counters.step, end, examples.count, batch)
  const batches = order()
  examples.ahead(order())
  let finite = Number.NaN
  while (counters.step < steps) {
    const position = start + counters.step
    const epoch = Math.floor(position / stepsPerEpoch)
    const rate = learningRate(optimizer.lr, position, { stepsPerEpoch, epochs })
    const indices = batches.next().value as Int32Array // as many as there are steps
    if (pruning !== undefined && changesAt(pruning, span, position)) await changeMasks(position / end, position)
    const scalars = objective.scalarsAt(seed, position)
    const { loss, correct } = await trainer.step({
      indices,
      learningRate: rate,
      step: counters.step,
      position,
      epoch,
      seed,
      scalars,
      ...(ema === undefined ? {} : { decay: ema }),
    })
    if (!(Math.abs(loss) < hopeless))
      throw failures.diverged({ step: position, epoch: epoch + 1, learningRate: rate, lastLoss: finite, loss })
    finite = loss
    counters.step++
    counters.loss += loss
    counters.correct += correct
    const done = position + 1
    if (done % curveEvery === 0) counters.points.push({ series: 'train/batch-loss', step: done, value: loss })
    progress.tick(counters.step, loss, counters.correct / (batch * inEpoch(done)))

    if (stop !== undefined && done % stop.every === 0) await lookAt(stop, done)
    if (done % stepsPerEpoch === 0) await endEpoch(done)
    // What is kept at the end is the result.
    if (done < end && keptAt(done).length > 0) await keepSnapshots(done, await asItIs())
    if (done === last && done < end) {
      await checkpoints.settle()
      sendPoints()
      return { artifact: null, snapshots: counters.snapshots, metrics: {}, numerics, weights: counters.weights }
    }
    if (counters.step < steps && context.stopping()) {
      sendPoints()
      await checkpoints.settle()
      await checkpoints.write(counters)
      await checkpoints.settle()
      return { stoppedAt: counters.step, steps }
    }
    if (checkpoints.due() && counters.step < steps) {
      sendPoints()
      await checkpoints.write(counters)
    }
  }
  await checkpoints.settle()
  if (pruning !== undefined && !reached(pruning, span)) await changeMasks(1, end)
  sendPoints()
  const state = context.job.keepState ? await checkpoints.keep(counters) : undefined
  // After what longer trainings go on from: the end of this one is no point of their grid.
  if (stop !== undefined && end % stop.every !== 0) {
    await lookAt(stop, end)
    sendPoints()
  }
  const result = await asResult()
  if (keptAt(end).length > 0) await keepSnapshots(end, result)
  const lastPoints = Object.fromEntries(counters.points.filter(({ step }) => step === end).map(({ series, value }) => [series, value]))
  return {
    artifact: await writeArtifact(context.objects, result),
    snapshots: counters.snapshots,
    metrics: {
      ...lastPoints,
      ...earlyStopMetrics(counters.best),
      ...densityMetrics(result),
      'training/macs': (await macsPerImage(cache, model)) * steps * batch,
    },
    numerics,
    weights: counters.weights,
    ...(state === undefined ? {} : { state }),
  }

  /** Steps of the running epoch that were done here: a training may begin in the middle of one. */
  function inEpoch(done: number): number {
    return done - Math.max(start, (Math.ceil(done / stepsPerEpoch) - 1) * stepsPerEpoch)
  }

  function keptAt(done: number) {
    return keep.filter((at) => stepAt(at, stepsPerEpoch) === done && given[snapshotName(at)] === undefined)
  }

  async function keepSnapshots(done: number, network: Network): Promise<void> {
    const digest = await writeArtifact(context.objects, network)
    for (const at of keptAt(done)) counters.snapshots[snapshotName(at)] = digest
  }

  async function endEpoch(step: number): Promise<void> {
    const measured = await measure(validation)
    counters.points.push(
      { series: 'train/loss', step, value: counters.loss / inEpoch(step) },
      { series: 'train/accuracy', step, value: counters.correct / (batch * inEpoch(step)) },
      { series: 'validation/loss', step, value: measured.crossEntropy },
      { series: 'validation/accuracy', step, value: measured.accuracy },
    )
    counters.loss = 0
    counters.correct = 0
    sendPoints()
    const [epoch, weights] = [step / stepsPerEpoch, weightsDigest(await trainer.weights())]
    counters.weights[epoch] = weights
    const before = context.job.expected[epoch]
    if (before !== undefined && before !== weights) throw failures.replayDiffers(epoch, before, weights)
  }

  async function lookAt(options: EarlyStopOptions, step: number): Promise<void> {
    const { best, point } = await look(options, step, counters.best)
    if (best !== undefined) counters.best = best
    counters.points.push(point)
  }

  /** What the training would give now: with `ema` the mean of its weights, which go on afterwards as they were. */
  async function measure(evaluator: Evaluator): Promise<Measures> {
    if (ema === undefined) return evaluator.measure()
    const weights = await trainer.weights()
    bound.load(applyMasks(await trainer.mean(), await masksNow()))
    const measured = await evaluator.measure()
    bound.load(weights)
    return measured
  }

  async function masksNow(): Promise<Masks> {
    return pruning === undefined ? network.masks : trainer.masks()
  }

  /** To go on from: the weights in training, also with `ema`. */
  async function asItIs(): Promise<Network> {
    const [masks, weights] = [await masksNow(), await trainer.weights()]
    // Between two changes of soft masks the trainer's weights are on their way back.
    return checked({ ...network, masks, weights: pruning?.mode === 'soft' ? applyMasks(weights, masks) : weights })
  }

  async function asResult(): Promise<Network> {
    if (ema === undefined) return asItIs()
    const masks = await masksNow()
    // What was removed in the course of the training is still in the mean.
    return checked({ ...network, masks, weights: applyMasks(await trainer.mean(), masks) })
  }

  function checked(now: Network): Network {
    checkInvariants(now)
    return objective.result?.(now) ?? now
  }

  async function changeMasks(at: number, step: number): Promise<void> {
    const flips = await trainer.remask((weights, masks, movement) =>
      gradualMasks(pruning!, choose!, { topology: network.topology, weights, masks, movement }, at),
    )
    counters.points.push({ series: 'prune/flips', step, value: flips })
  }
}

/** Of a forward pass; each member of a batch ensemble makes one of its own. */
async function macsPerImage(cache: WorkerCache, model: Spec): Promise<number> {
  return (await cache.network(model)).summary().macs * (batchEnsembleOf(model)?.members ?? 1)
}

function maskingOf(network: Network, pruning: TrainOptions['pruning']): MaskHandling {
  const kernels = new Set(network.topology.parameters.filter(({ role }) => role === 'kernel').map(({ name }) => name))
  const structured =
    [...network.masks.keys()].some((name) => !kernels.has(name)) || (pruning !== undefined && isStructured(pruning.options.criterion))
  if (pruning === undefined) return { masking: network.masks.size > 0 ? 'fixed' : 'none', structured, movement: false }
  const movement = looksAtMovement(pruning.options.criterion)
  return { masking: pruning.mode === 'freeze' ? 'gradual' : pruning.mode, structured, movement }
}
