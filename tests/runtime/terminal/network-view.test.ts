import { expect, test } from 'vitest'
import { networksLines } from '../../../runtime/terminal/network-view.ts'

const layers = [
  { layer: 'conv1', kind: 'Conv2D', output: [8, 8, 4], parameters: 1036, macs: 64_000 },
  { layer: 'bn1', kind: 'BatchNormalization', output: [8, 8, 4], parameters: 8, macs: 0 },
]
const network = { title: 'net', layers, parameters: 1044, macs: 64_000, flops: 128_000 }

test('layers with parameters and operations, and how they are counted', () => {
  expect(networksLines({ networks: [network] })).toEqual([
    'net',
    '  layer   kind                    gives  parameters    MACs',
    '  conv1   Conv2D              8 × 8 × 4       1,036  64,000',
    '  bn1     BatchNormalization  8 × 8 × 4           8       –',
    '  in all                                      1,044  64,000',
    expect.stringMatching(/^ {2}128,000 FLOPs\. Counted are MACs of .* FLOPs = 2 · MACs\.$/),
  ])
})

test('what is left of a result, its files, how long it takes, and what masks are worth', () => {
  const left = { parameters: 522, compressionRatio: 2, macs: 32_000.4, speedup: 2, sparsity: 0.5, layers: { conv1: 0.5 } }
  const files = { dense: 4400, sparse: 2300, gzip: 2000 }
  const lines = networksLines({ networks: [{ ...network, left, files, latency: [{ batch: 1, runs: 20, median: 0.5, p95: 0.75 }] }] })
  expect(lines[2]).toBe('  conv1   Conv2D              8 × 8 × 4       1,036  64,000      0.5')
  expect(lines.slice(-4)).toEqual([
    '  left of the network that it began as: 522 parameters (compression 2.00×), 32,000 MACs (theoretical speed-up 2.00×)',
    '  file: 4.4 kB dense · 2.3 kB sparse · 2.0 kB dense under gzip',
    '  latency of 1 image: median 0.50 ms, 95 % below 0.75 ms (20 runs)',
    '  Masks make nothing faster: zeros are multiplied like other numbers. Only a network made smaller by shrink() takes less time.',
  ])
})
