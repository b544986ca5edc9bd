/** Networks with their layers, parameters and operations, and what is left of them. */
import type { Size } from '../../stdlib/metrics/size.ts'
import type { LayerCost } from '../../stdlib/models/structure/summary.ts'
import type { FileSizes } from '../measure/file-size.ts'
import type { Latency } from '../measure/latency.ts'

export interface NetworksView {
  /** What is counted, and what is not. */
  readonly countingRule: string
  readonly networks: readonly NetworkCost[]
}

export interface NetworkCost {
  /** Where it comes from. */
  readonly title: string
  readonly layers: readonly LayerCost[]
  readonly parameters: number
  readonly macs: number
  readonly flops: number
  /** Of a stage's result: against the network that it began as. */
  readonly left?: Size
  readonly files?: FileSizes
  readonly latency?: readonly Latency[]
}
