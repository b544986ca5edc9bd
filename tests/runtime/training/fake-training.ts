/** Trainings without an engine: one number is trained, by steps that can be foretold; all around it is real, the store included. */
import { join } from 'node:path'
import type { Position } from '../../../dsl/graph/expr.ts'
import type { TrainOptions } from '../../../dsl/graph/stage-options.ts'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import { storeFiles } from '../../../runtime/store/files.ts'
import type { TrainingParts } from '../../../runtime/training/parts.ts'
import { trainWith } from '../../../runtime/training/train.ts'
import type { JobFields, StageReport } from '../../../runtime/worker/stage-context.ts'
import type { Network } from '../../../stdlib/network.ts'
import { fromLabels } from '../../../stdlib/training/objective.ts'
import type { TrainerState } from '../../../stdlib/training/trainer.ts'
import type { StepInputs } from '../../../stdlib/training/trainer-options.ts'
import { numerics, smallNetwork, temporaryFolder } from '../store/temporary-store.ts'

/** 80 examples in batches of 10: 8 steps an epoch, 24 in all. */
export const options: TrainOptions = {
  data: { name: 'numbers', options: {} },
  optimizer: { kind: 'sgd', lr: { kind: 'linear', lr: 1, to: 0 }, momentum: 0, nesterov: false, weightDecay: 0 },
  batch: 10,
  epochs: 3,
  from: 0,
  seed: 1,
}

const bias = 'fc1/bias'

/** Its weight goes up by learning rate × (1 + first example of the batch); its loss is the weight, right are 5 of 10. */
export class FakeTrainer {
  weight = 0
  together = 1
  /** Steps of each call. */
  readonly calls: number[] = []
  readonly taken: StepInputs[] = []
  readonly network: Network
  /** Given in the place of the loss, by position. */
  readonly losses: { readonly [position: number]: number }

  constructor(losses: { readonly [position: number]: number } = {}) {
    this.network = smallNetwork()
    this.losses = losses
  }

  start(): void {
    this.weight = 0
  }
  resume(state: TrainerState): void {
    this.weight = state.get(bias)![0]!
  }
  async steps(given: readonly StepInputs[]) {
    this.calls.push(given.length)
    return given.map((inputs) => {
      this.taken.push(inputs)
      this.weight = Math.fround(this.weight + inputs.learningRate * (1 + inputs.indices[0]!))
      return { loss: this.losses[inputs.position] ?? this.weight, correct: 5 }
    })
  }
  async gradients() {
    return { outcome: { loss: this.weight, correct: 5 }, gradients: new Map() }
  }
  async weights() {
    return new Map([...this.network.weights, [bias, new Float32Array(5).fill(this.weight)]])
  }
  async state() {
    return this.weights()
  }
  async mean() {
    return this.weights()
  }
  async masks() {
    return new Map()
  }
  async remask() {
    return 0
  }
}

interface Asked {
  readonly trainer?: FakeTrainer
  readonly options?: Partial<TrainOptions>
  readonly job?: Partial<JobFields>
  /** Asks it to stop when so many steps were taken. */
  readonly stopAt?: number
  readonly parts?: Partial<TrainingParts>
}

/** Trainings of one stage in one store. */
export async function fakeStage() {
  const files = storeFiles(join(await temporaryFolder(), '.espalier'))
  const written: number[] = []
  const write = files.checkpoints.write.bind(files.checkpoints)
  files.checkpoints.write = (key, checkpoint) => {
    written.push(checkpoint.step)
    return write(key, checkpoint)
  }
  async function run({ trainer = new FakeTrainer(), options: more = {}, job: over = {}, stopAt, parts = {} }: Asked = {}) {
    const reports: StageReport[] = []
    const job: JobFields = {
      source: null,
      folder: null,
      data: null,
      key: 'a'.repeat(64),
      path: 'train',
      resume: false,
      keep: [],
      stopAfter: null,
      continueFrom: null,
      given: {},
      expected: {},
      keepState: false,
      engine: { engine: 'tensorflow', xla: false },
      threads: 1,
      checkpointEvery: 1000,
      ...over,
    }
    const evaluator = { measure: async () => ({ accuracy: 0.5, crossEntropy: trainer.weight }) }
    const outcome = await trainWith(
      { ...files, job, report: (message) => reports.push(message), stopping: () => trainer.taken.length === stopAt },
      {
        options: { ...options, ...more },
        network: trainer.network,
        objective: fromLabels,
        numerics,
        examples: { count: 80, ahead: () => undefined },
        trainer,
        bound: { load: () => undefined, summary: () => ({ parameters: 20, macs: 7, layers: [] }) as never },
        validation: evaluator,
        test: more.earlyStop === undefined ? undefined : evaluator,
        choose: undefined,
        ...parts,
      },
    )
    const points = reports.flatMap((report) => (report.type === 'metrics' ? report.points : []))
    return { outcome, reports, points, trainer }
  }
  const weightOf = async (digest: string | null | undefined) => (await readArtifact(files.objects, digest!)).weights.get(bias)![0]!
  return { run, written, weightOf }
}

/** The weight after so many steps. */
export async function weightAfter(at: Position): Promise<number> {
  const { trainer } = await (await fakeStage()).run()
  const again = new FakeTrainer()
  for (const inputs of trainer.taken.slice(0, 'epoch' in at ? at.epoch * 8 : at.step)) await again.steps([inputs])
  return again.weight
}
