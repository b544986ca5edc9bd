/** A network as text: layers with parameters and operations, and what pruning left of them. */
import { countingRule } from '../../stdlib/models/structure/summary.ts'
import { grouped, short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import { bytes, counted } from '../format/words.ts'
import { masksAreNotFaster } from '../measure/latency.ts'
import type { NetworkCost, NetworksView } from '../views/networks.ts'

export const networksLines = ({ networks }: Pick<NetworksView, 'networks'>): string[] =>
  networks.flatMap((network, i) => [...(i === 0 ? [] : ['']), ...networkLines(network)])

function networkLines({ title, layers, parameters, macs, flops, left, files, latency }: NetworkCost): string[] {
  const density = (layer: string) => (left === undefined ? [] : [left.layers[layer] === undefined ? '' : short(left.layers[layer])])
  const rows = layers.map((cost) => [
    cost.layer,
    cost.kind,
    cost.output.join(' × '),
    grouped(cost.parameters),
    cost.macs === 0 ? '–' : grouped(cost.macs),
    ...density(cost.layer),
  ])
  const head = ['layer', 'kind', 'gives', 'parameters', 'MACs', ...(left === undefined ? [] : ['density'])]
  const total = ['in all', '', '', grouped(parameters), grouped(macs), ...(left === undefined ? [] : [short(1 - left.sparsity)])]
  return [
    title,
    ...aligned([head, ...rows, total], ['left', 'left']).map((line) => `  ${line}`),
    `  ${grouped(flops)} FLOPs. Counted are ${countingRule}`,
    ...(left === undefined
      ? []
      : [
          `  left of the network that it began as: ${grouped(left.parameters)} parameters (compression ${left.compressionRatio.toFixed(2)}×), ` +
            `${grouped(left.macs)} MACs (theoretical speed-up ${left.speedup.toFixed(2)}×)`,
        ]),
    ...(files === undefined
      ? []
      : [`  file: ${bytes(files.dense)} dense · ${bytes(files.sparse)} sparse · ${bytes(files.gzip)} dense under gzip`]),
    ...(latency ?? []).map(
      ({ batch, median, p95, runs }) =>
        `  latency of ${counted(batch, 'image')}: median ${median.toFixed(2)} ms, 95 % below ${p95.toFixed(2)} ms (${runs} runs)`,
    ),
    ...(latency === undefined ? [] : [`  ${masksAreNotFaster}`]),
  ]
}
