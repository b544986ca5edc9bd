/** The calls of the engine that a trainer makes: one step, several at once, or a look at gradients. Each is traced at its first use. */
import type { Engine, Step, Tensor, TensorSpec, Variable } from '../engine.ts'
import { joined } from '../joined.ts'
import { stepSeed } from '../random/stream.ts'
import { stepsTogether } from './steps-together.ts'
import type { StepInputs, StepOutcome, TrainerOptions } from './trainer-options.ts'

/** Of one step: its examples and their augmentation, its seed, its scalars. The first two outputs are the loss and the correct examples. */
export type StepBody = (example: readonly Tensor[], seed: Tensor, scalars: readonly Tensor[]) => Tensor[]

interface Bodies {
  readonly step: StepBody
  /** Variables that `step` may update in place. */
  readonly inPlace: readonly Variable[]
  /** Changes no weights. */
  readonly look: StepBody
}

interface Scalars {
  readonly names: readonly string[]
  /** Their values in a step, in the same order. */
  readonly at: (given: StepInputs) => readonly number[]
}

export class StepCalls {
  readonly #engine: Engine
  readonly #options: TrainerOptions
  readonly #scalars: Scalars
  readonly #one: () => Step
  readonly #several: () => Step
  readonly #look: () => Step
  readonly #traced: Step[] = []
  /** The most steps that go in one call, from 1. */
  readonly together: number

  constructor(engine: Engine, options: TrainerOptions, scalars: Scalars, { step, inPlace, look }: Bodies) {
    const { network, batch, xla = engine.numerics.xla } = options
    this.#engine = engine
    this.#options = options
    this.#scalars = scalars
    this.#one = this.#lazily(step, 1, inPlace)
    const size = { nodes: this.#one().nodes, macs: network.summary().macs, batch }
    this.together = stepsTogether({ ...engine.numerics, xla }, size)
    this.#several = this.together === 1 ? this.#one : this.#lazily(step, this.together, inPlace)
    this.#look = this.#lazily(look, 1)
  }

  async steps(given: readonly StepInputs[]): Promise<StepOutcome[]> {
    if (given.length === this.together) return (await this.#run(this.#several(), given)).outcomes
    const outcomes: StepOutcome[] = []
    for (const each of given) outcomes.push(...(await this.#run(this.#one(), [each])).outcomes)
    return outcomes
  }

  /** `rest`: the outputs after the first two. */
  async look(given: StepInputs): Promise<{ readonly outcome: StepOutcome; readonly rest: readonly Float32Array[] }> {
    const { outcomes, rest } = await this.#run(this.#look(), [given])
    return { outcome: outcomes[0]!, rest }
  }

  dispose(): void {
    for (const step of this.#traced) step.dispose()
  }

  #lazily(body: StepBody, times: number, inPlace: readonly Variable[] = []): () => Step {
    const { tf } = this.#engine
    const { name, batch, examples, augmentations, precision, xla } = this.#options
    const example = [...examples.inputs(batch), ...(augmentations?.inputs(batch) ?? [])]
    const { names } = this.#scalars
    const inputs: TensorSpec[] = [
      ...example,
      { name: 'seed', shape: [], dtype: 'int32' },
      { name: names.join(', '), shape: [names.length], dtype: 'float32' },
    ]
    const options = { inPlace, times, ...(precision === undefined ? {} : { precision }), ...(xla === undefined ? {} : { xla }) }
    const apart = (...all: Tensor[]) => body(all.slice(0, example.length), all.at(-2)!, tf.unstack(all.at(-1)!))
    let step: Step | undefined
    return () => {
      if (step !== undefined) return step
      step = this.#engine.compile(name, inputs, apart, options)
      this.#traced.push(step)
      return step
    }
  }

  /** @param given as many as `compiled` takes */
  async #run(
    compiled: Step,
    given: readonly StepInputs[],
  ): Promise<{ readonly outcomes: StepOutcome[]; readonly rest: readonly Float32Array[] }> {
    const { tf } = this.#engine
    const { batch, examples, augmentations } = this.#options
    const times = given.length
    const drawn = ({ seed, epoch = 0, indices }: StepInputs) => augmentations!.drawn(seed, epoch, indices)
    const inputs = [
      ...(await examples.feed(joined(given.map(({ indices }) => indices)), times)),
      ...(augmentations?.inputs(batch) ?? []).map(({ shape }) => tf.tensor(joined(given.map(drawn)), [times, ...shape], 'int32')),
      tf.tensor1d(
        given.map(({ seed, position }) => stepSeed(seed, position)),
        'int32',
      ),
      tf.tensor2d(
        given.flatMap((each) => this.#scalars.at(each)),
        [times, this.#scalars.names.length],
        'float32',
      ),
    ]
    try {
      const outputs = await compiled.run(inputs)
      const [losses, correct] = [await this.#engine.read(outputs[0]!), await this.#engine.read(outputs[1]!)]
      const rest: Float32Array[] = []
      for (const output of outputs.slice(2)) rest.push((await this.#engine.read(output)) as Float32Array) // gradients are float32
      tf.dispose(outputs)
      return { outcomes: given.map((_, i) => ({ loss: losses[i]!, correct: correct[i]! })), rest }
    } finally {
      tf.dispose(inputs)
    }
  }
}
