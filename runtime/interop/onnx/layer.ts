/** A layer during export: its inputs, options and weights. */
import type { Windowed } from '../window.ts'
import type { Graph } from './graph.ts'

export interface LayerToWrite extends Windowed {
  readonly name: string
  /** Names of the input values. */
  readonly inputs: readonly string[]
  /** Input and output shapes for one example; a vector is [units]. */
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** Undefined if the layer does not have this weight. */
  weight(role: string): Weight | undefined
}

export interface Weight {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** @returns the name of the output value */
export type WriteLayer = (layer: LayerToWrite, graph: Graph) => string
