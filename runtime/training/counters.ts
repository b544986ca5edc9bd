/** What a training counts; all of it is in a checkpoint. */
import type { Measures } from '../../stdlib/training/evaluator.ts'
import type { Digest } from '../store/address.ts'
import type { MetricPoint } from '../store/results.ts'

export interface TrainingCounters {
  /** Steps done in this stage. */
  step: number
  /** Sums over the epoch so far. */
  loss: number
  correct: number
  /** Points of all curves so far: those after the last checkpoint are computed again. */
  points: MetricPoint[]
  snapshots: { [epoch: string]: Digest }
  /** SHA-256 over all weights at the end of each epoch. */
  weights: { [epoch: string]: string }
  /** The lowest point of the validation loss, where that is asked for. */
  best?: EarlyStopPoint
  /** The best epoch's end, where the result is chosen. */
  selected?: { readonly step: number; readonly value: number }
}

interface EarlyStopPoint {
  /** Steps of the horizon done. */
  readonly step: number
  readonly validation: Measures
  readonly test: Measures
}
