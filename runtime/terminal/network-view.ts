/** A network in words: its layers with parameters and operations, and what is left of them. */
import { countingRule, type LayerCost } from '../../stdlib/models/structure/summary.ts'
import { bytes, printable } from '../format/words.ts'
import type { FileSizes } from '../measure/file-size.ts'
import { type Latency, masksAreNotFaster } from '../measure/latency.ts'
import { short } from './curve.ts'
import { aligned } from './table.ts'

export interface NetworkShown {
  /** Where it comes from. */
  readonly title: string
  readonly layers: readonly LayerCost[]
  readonly parameters: number
  readonly macs: number
  readonly flops: number
  /** Of a stage's result: against the network that it began as. */
  readonly left?: {
    readonly parameters: number
    readonly compressionRatio: number
    readonly macs: number
    readonly speedup: number
    readonly sparsity: number
    readonly layers: { readonly [layer: string]: number }
  }
  readonly files?: FileSizes
  readonly latency?: readonly Latency[]
}

export function networkLines({ title, layers, parameters, macs, flops, left, files, latency }: NetworkShown): string[] {
  const density = (layer: string) => (left === undefined ? [] : [left.layers[layer] === undefined ? '' : short(left.layers[layer])])
  const rows = layers.map((cost) => [
    printable(cost.layer),
    cost.kind,
    cost.output.join(' × '),
    grouped(cost.parameters),
    cost.macs === 0 ? '–' : grouped(cost.macs),
    ...density(cost.layer),
  ])
  const head = ['layer', 'kind', 'gives', 'parameters', 'MACs', ...(left === undefined ? [] : ['density'])]
  const total = ['in all', '', '', grouped(parameters), grouped(macs), ...(left === undefined ? [] : [short(1 - left.sparsity)])]
  return [
    printable(title),
    ...aligned([head, ...rows, total], ['left', 'left']).map((line) => `  ${line}`),
    `  ${grouped(flops)} FLOPs. Counted are ${countingRule}`,
    ...(left === undefined
      ? []
      : [
          `  left of the network that it began as: ${grouped(left.parameters)} parameters (compression ${left.compressionRatio.toFixed(2)}×), ` +
            `${grouped(Math.round(left.macs))} MACs (theoretical speed-up ${left.speedup.toFixed(2)}×)`,
        ]),
    ...(files === undefined
      ? []
      : [`  file: ${bytes(files.dense)} dense · ${bytes(files.sparse)} sparse · ${bytes(files.gzip)} dense under gzip`]),
    ...(latency ?? []).map(
      ({ batch, median, p95, runs }) =>
        `  latency of ${batch} ${batch === 1 ? 'image' : 'images'}: median ${median.toFixed(2)} ms, 95 % below ${p95.toFixed(2)} ms (${runs} runs)`,
    ),
    ...(latency === undefined ? [] : [`  ${masksAreNotFaster}`]),
  ]
}

/** `1,088,310` */
const grouped = (value: number): string => value.toLocaleString('en-US')
