/** Convolutions in ONNX, whose kernels have the window axes last; ours have them first. */
import { padsOf, pair, reach } from '../window.ts'
import type { Graph } from './graph.ts'
import type { LayerToWrite, Weight } from './layer.ts'

interface Convolution {
  readonly kernel: Weight
  /** Name of the bias constant, if there is one. */
  readonly bias?: readonly string[]
  /** Number of groups. Default 1. */
  readonly groups?: number
}

/** A convolution without the layer's activation. @param to name of the node */
export function convolved(layer: LayerToWrite, graph: Graph, to: string, { kernel, bias = [], groups = 1 }: Convolution): string {
  const { name, config, inputs } = layer
  const window = kernel.shape.slice(2)
  const [strides, dilations] = [config.strides, config.dilationRate].map((each) => pair(each).slice(0, window.length)) as [
    number[],
    number[],
  ]
  const pads = padsOf(layer, reach(window, dilations), strides)
  const read = [inputs[0]!, graph.constant(`${name}/kernel`, kernel.shape, kernel.data), ...bias]
  return graph.add('Conv', to, read, { kernel_shape: window, strides, dilations, group: groups, pads })
}

export function biasOf({ name, weight }: LayerToWrite, graph: Graph): readonly string[] {
  const bias = weight('bias')
  return bias === undefined ? [] : [graph.constant(`${name}/bias`, bias.shape, bias.data)]
}

/** [window …, in, out] → [out, in, window …] */
export function filtersFirst({ shape, data }: Weight): Weight {
  const [window, [channels, filters]] = [shape.slice(0, -2), shape.slice(-2) as [number, number]]
  return { shape: [filters, channels, ...window], data: turned(data, channels, filters) }
}

/** As many groups as channels: [height, width, channels, multiple] → [channels · multiple, 1, height, width] */
export function depthwise({ shape, data }: Weight): Convolution {
  const [height, width, channels, multiple] = shape as [number, number, number, number]
  return { kernel: { shape: [channels * multiple, 1, height, width], data: turned(data, channels * multiple, 1) }, groups: channels }
}

/** [window, in, out] → [out, in, window] */
function turned(data: Float32Array, channels: number, filters: number): Float32Array {
  const window = data.length / channels / filters
  const to = new Float32Array(data.length)
  let at = 0
  for (let filter = 0; filter < filters; filter++)
    for (let channel = 0; channel < channels; channel++)
      for (let place = 0; place < window; place++) to[at++] = data[(place * channels + channel) * filters + filter]!
  return to
}
