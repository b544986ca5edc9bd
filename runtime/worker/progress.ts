/** Tells how far a training is. */
import type { StageContext } from './stages/stage.ts'

/** Milliseconds between progress reports; no result depends on it. */
const reportEvery = 200

/** Reports at most a few times a second. */
export class Progress {
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
