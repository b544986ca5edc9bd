/** Metrics must be finite, otherwise the stage fails. */
import { failures } from './problems.ts'
import type { Outcome } from './stage-context.ts'

/** @throws StageFailure that names the first metric that is NaN or infinite */
export function withFiniteMetrics(outcome: Outcome): Outcome {
  const broken = Object.entries(outcome.metrics).find(([, value]) => !Number.isFinite(value))
  if (broken !== undefined) throw failures.notFinite(...broken)
  return outcome
}
