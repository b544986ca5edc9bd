/** Tells how far a training is. */
import type { StageContext } from '../worker/stage-context.ts'

/** Milliseconds between progress reports; no result depends on it. */
const reportEvery = 200

interface Shape {
  readonly steps: number
  readonly stepsPerEpoch: number
  /** Steps of the horizon done before. */
  readonly start: number
  readonly epochs: number
}

/** Reports at most a few times a second. */
export class Progress {
  readonly #context: StageContext
  readonly #shape: Shape
  #last = performance.now()
  #lastStep: number | undefined

  constructor(context: StageContext, shape: Shape) {
    this.#context = context
    this.#shape = shape
  }

  tick(step: number, loss: number, accuracy: number): void {
    const now = performance.now()
    const { steps, stepsPerEpoch, start, epochs } = this.#shape
    if (now - this.#last < reportEvery && step < steps) return
    const stepsPerSecond = this.#lastStep === undefined ? null : ((step - this.#lastStep) / (now - this.#last)) * 1000
    this.#last = now
    this.#lastStep = step
    const epoch = Math.min(epochs, Math.floor((start + step - 1) / stepsPerEpoch) + 1)
    this.#context.report({ type: 'progress', step, steps, epoch, epochs, loss, accuracy, stepsPerSecond })
  }
}
