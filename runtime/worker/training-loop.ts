/**
 * Epochs of steps, with checkpoints, kept snapshots and curves. Everything a step needs follows from its number, so a training that
 * continues from a checkpoint does exactly what it would have done.
 */
import type { DistillMethod, TrainOptions } from '../../dsl/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { checkInvariants } from '../../stdlib/invariants.ts'
import type { Network } from '../../stdlib/network.ts'
import { learningRate } from '../../stdlib/optim/schedule.ts'
import { epochBatches } from '../../stdlib/training/examples.ts'
import type { Trainer } from '../../stdlib/training/trainer.ts'
import { writeArtifact } from '../store/artifact.ts'
import { latestCheckpoint, writeCheckpoint } from '../store/checkpoints.ts'
import type { StoredTensor } from '../store/safetensors.ts'
import type { Digest, MetricPoint } from '../store/store.ts'
import { failures } from './problems.ts'
import type { Outcome } from './protocol.ts'
import type { StageContext, Stopped } from './stages/stage.ts'
import { densityMetrics } from './stages/surgery.ts'
import type { Warm } from './warm.ts'

/** A loss (in nats) beyond which training has diverged, finite or not: Adam's bounded steps can stay finite in ruins. */
const hopeless = 1e9
/** Steps between points of the `train/batch-loss` curve. */
const curveEvery = 20
/** Milliseconds between progress reports; no result depends on it. */
const reportEvery = 200

export interface Teaching {
  readonly method: DistillMethod
  /** [examples, classes] */
  readonly teacherLogits: Float32Array
}

/** What the loop counts; all of it is in a checkpoint. */
interface Counters {
  /** Steps done in this stage. */
  step: number
  /** Sums over the epoch so far. */
  loss: number
  correct: number
  /** Points of all curves so far: those after the last checkpoint are computed again. */
  points: MetricPoint[]
  snapshots: { [epoch: string]: Digest }
}

export async function train(
  context: StageContext,
  warm: Warm,
  options: TrainOptions,
  network: Network,
  teaching?: Teaching,
): Promise<Outcome | Stopped> {
  const { data, optimizer, batch, epochs, from, seed } = options
  const { model } = network.topology
  const { numerics } = await warm.engine()
  const examples = await warm.examples(data, 'train')
  const stepsPerEpoch = Math.floor(examples.count / batch)
  if (stepsPerEpoch === 0) throw failures.batchTooLarge(batch, examples.count)
  const steps = (epochs - from) * stepsPerEpoch
  const masked = network.masks.size > 0
  const trainer = await warm.trainer(model, data, { optimizer, batch, masked, distilling: teaching !== undefined })
  const validation = await warm.evaluator(model, data, 'validation')

  trainer.start(network, teaching?.teacherLogits)
  const counters = await resume(context, trainer, numerics)
  context.report({ type: 'started', steps, resumedAt: counters.step > 0 ? counters.step : null })
  if (counters.points.length > 0) context.report({ type: 'metrics', points: counters.points })

  const checkpoints = new Checkpoints(context, trainer, numerics)
  const progress = new Progress(context, { steps, stepsPerEpoch, from, epochs })
  let sent = counters.points.length
  const sendPoints = () => {
    if (sent < counters.points.length) context.report({ type: 'metrics', points: counters.points.slice(sent) })
    sent = counters.points.length
  }

  let batches: Int32Array[] = []
  let loaded = -1
  let finite = Number.NaN
  while (counters.step < steps) {
    const position = from * stepsPerEpoch + counters.step
    const epoch = Math.floor(position / stepsPerEpoch)
    if (epoch !== loaded) {
      batches = epochBatches(seed, epoch, examples.count, batch)
      loaded = epoch
    }
    const rate = learningRate(optimizer.lr, position, { stepsPerEpoch, epochs })
    const indices = batches[position % stepsPerEpoch]!
    const { loss, correct } = await trainer.step({
      indices,
      learningRate: rate,
      step: counters.step,
      position,
      seed,
      ...(teaching === undefined ? {} : { method: teaching.method }),
    })
    if (!(Math.abs(loss) < hopeless))
      throw failures.diverged({ step: position, epoch: epoch + 1, learningRate: rate, lastLoss: finite, loss })
    finite = loss
    counters.step++
    counters.loss += loss
    counters.correct += correct
    const done = position + 1
    if (done % curveEvery === 0) counters.points.push({ series: 'train/batch-loss', step: done, value: loss })
    progress.tick(counters.step, loss, counters.correct / (batch * (((done - 1) % stepsPerEpoch) + 1)))

    if (done % stepsPerEpoch === 0) {
      await endEpoch(done / stepsPerEpoch, done)
      if (done / stepsPerEpoch === context.job.stopAfter) {
        await checkpoints.settle()
        sendPoints()
        return { artifact: null, snapshots: counters.snapshots, metrics: {}, numerics }
      }
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
  sendPoints()
  const result = { ...network, weights: await trainer.weights() }
  checkInvariants(result)
  const last = Object.fromEntries(
    counters.points.filter(({ step }) => step === epochs * stepsPerEpoch).map(({ series, value }) => [series, value]),
  )
  return {
    artifact: await writeArtifact(context.objects, result),
    snapshots: counters.snapshots,
    metrics: { ...last, ...densityMetrics(result) },
    numerics,
  }

  async function endEpoch(epoch: number, step: number): Promise<void> {
    const measured = await validation.measure()
    counters.points.push(
      { series: 'train/loss', step, value: counters.loss / stepsPerEpoch },
      { series: 'train/accuracy', step, value: counters.correct / (batch * stepsPerEpoch) },
      { series: 'validation/loss', step, value: measured.crossEntropy },
      { series: 'validation/accuracy', step, value: measured.accuracy },
    )
    counters.loss = 0
    counters.correct = 0
    sendPoints()
    if (context.job.keep.includes(epoch)) {
      const kept = { ...network, weights: await trainer.weights() }
      checkInvariants(kept)
      counters.snapshots[epoch] = await writeArtifact(context.objects, kept)
    }
  }
}

async function resume(context: StageContext, trainer: Trainer, numerics: Numerics): Promise<Counters> {
  const { job, layout } = context
  const fresh: Counters = { step: 0, loss: 0, correct: 0, points: [], snapshots: {} }
  if (!job.resume) return fresh
  const { checkpoint } = await latestCheckpoint(layout.checkpoints, job.key, numerics)
  const { counters } = (checkpoint ?? {}) as unknown as { counters?: Counters } // written by Checkpoints below, its digest checked
  if (checkpoint === undefined || counters === undefined) return fresh
  trainer.resume(new Map([...checkpoint.tensors].map(([name, { data }]) => [name, data as Float32Array])))
  return { ...counters, snapshots: { ...checkpoint.snapshots } }
}

/** Writes checkpoints beside the training: the state is copied out between two steps, the file is written while the next ones run. */
class Checkpoints {
  readonly #context: StageContext
  readonly #trainer: Trainer
  readonly #numerics: Numerics
  #last = performance.now()
  #writing: Promise<void> | undefined

  constructor(context: StageContext, trainer: Trainer, numerics: Numerics) {
    this.#context = context
    this.#trainer = trainer
    this.#numerics = numerics
  }

  /** Never two at once: when the disk is slower than the interval, the interval grows. */
  due(): boolean {
    return this.#writing === undefined && performance.now() - this.#last >= this.#context.job.checkpointEvery * 1000
  }

  async write({ snapshots, ...counters }: Counters): Promise<void> {
    const { job, layout } = this.#context
    const state = await this.#trainer.state()
    const tensors = new Map<string, StoredTensor>([...state].map(([name, data]) => [name, { dtype: 'F32', shape: [data.length], data }]))
    // The points are copied: the training goes on adding to the list.
    const content = { ...counters, points: counters.points.map((point) => ({ ...point })) }
    this.#writing = writeCheckpoint(layout.checkpoints, job.key, {
      step: counters.step,
      tensors,
      counters: content,
      snapshots: { ...snapshots },
      numerics: this.#numerics,
    }).finally(() => {
      this.#writing = undefined
      this.#last = performance.now()
    })
    // A failure is raised by settle(); until then it must not count as unhandled.
    this.#failed = this.#writing.then(
      () => undefined,
      (cause: unknown) => cause,
    )
  }
  #failed: Promise<unknown> = Promise.resolve(undefined)

  /** Waits for the file being written. @throws what went wrong with it */
  async settle(): Promise<void> {
    const cause = await this.#failed
    if (cause !== undefined) throw cause
  }
}

/** Reports at most a few times a second. */
class Progress {
  readonly #context: StageContext
  readonly #shape: { readonly steps: number; readonly stepsPerEpoch: number; readonly from: number; readonly epochs: number }
  #last = performance.now()
  #lastStep: number | undefined

  constructor(
    context: StageContext,
    shape: { readonly steps: number; readonly stepsPerEpoch: number; readonly from: number; readonly epochs: number },
  ) {
    this.#context = context
    this.#shape = shape
  }

  tick(step: number, loss: number, accuracy: number): void {
    const now = performance.now()
    const { steps, stepsPerEpoch, from, epochs } = this.#shape
    if (now - this.#last < reportEvery && step < steps) return
    const stepsPerSecond = this.#lastStep === undefined ? null : ((step - this.#lastStep) / (now - this.#last)) * 1000
    this.#last = now
    this.#lastStep = step
    const epoch = from + Math.min(epochs - from, Math.floor((step - 1) / stepsPerEpoch) + 1)
    this.#context.report({ type: 'progress', step, steps, epoch, epochs, loss, accuracy, stepsPerSecond })
  }
}
