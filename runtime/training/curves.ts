/** The points of a training's curves: collected here, told in groups. */
import type { MetricPoint } from '../store/results.ts'
import { failures } from '../worker/problems.ts'
import type { StageContext } from '../worker/stage-context.ts'
import type { Step } from './step.ts'

export class Curves {
  readonly #context: Pick<StageContext, 'report'>
  /** Those of the counters. */
  readonly #points: MetricPoint[]
  #told = 0

  constructor(context: Pick<StageContext, 'report'>, points: MetricPoint[]) {
    this.#context = context
    this.#points = points
  }

  /** @throws StageFailure when a value is NaN or infinite: what was trained so far cannot be measured, so what follows cannot either */
  add(at: Step, values: { readonly [series: string]: number }): void {
    for (const [series, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) throw failures.notFinite(series, value, at.steps)
      this.#points.push({ series, step: at.steps, value })
    }
  }

  /** Tells what has not been told. */
  report(): void {
    if (this.#told < this.#points.length) this.#context.report({ type: 'metrics', points: this.#points.slice(this.#told) })
    this.#told = this.#points.length
  }

  /** The curves' values at a point. */
  at({ steps }: Step): { readonly [series: string]: number } {
    return Object.fromEntries(this.#points.filter(({ step }) => step === steps).map(({ series, value }) => [series, value]))
  }
}
