/** Networks with their layers, parameters and operations, and what pruning left of them. */
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
  /** Where the network comes from. */
  readonly title: string
  readonly layers: readonly LayerCost[]
  readonly parameters: number
  readonly macs: number
  readonly flops: number
  /** For a stage's result: relative to the original network. */
  readonly left?: Size
  readonly files?: FileSizes
  readonly latency?: readonly Latency[]
}
