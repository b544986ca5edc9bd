import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { bnConv, lenet5, lenet300, resnet, wrn } from '../../../stdlib/index.ts'
import { sizeMetrics } from '../../../stdlib/metrics/measures.ts'
import { sizeOfNetworks } from '../../../stdlib/metrics/size.ts'
import { unshrunk } from '../../../stdlib/models/networks/shrunk.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

type Spec = ReturnType<typeof lenet300>['spec']
const sized = (spec: Spec) => {
  const bound = boundNetwork(engine, spec)
  const summary = bound.summary()
  bound.dispose()
  return { topology: bound.topology, summary }
}

describe('operations for one image', () => {
  test('of every kernel its weights × the positions that it is applied at', () => {
    const { layers, parameters, macs, flops } = sized(lenet5().spec).summary
    expect(layers.map(({ layer, kind, output, parameters, macs }) => [layer, kind, output, parameters, macs])).toEqual([
      ['conv1', 'Conv2D', [24, 24, 20], 520, 24 * 24 * 25 * 20],
      ['conv2', 'Conv2D', [8, 8, 50], 25_050, 8 * 8 * 25 * 20 * 50],
      ['fc1', 'Dense', [500], 400_500, 400_000],
      ['out', 'Dense', [10], 5010, 5000],
    ])
    expect({ parameters, macs, flops }).toEqual({ parameters: 431_080, macs: 2_293_000, flops: 4_586_000 })
  })

  test('ResNet-20 has 41 million and WRN-28-4 845 million, as published', () => {
    expect(sized(resnet(20).spec).summary.macs / 1e6).toBeCloseTo(40.8, 0)
    expect(sized(wrn(28, 4).spec).summary.macs / 1e6).toBeCloseTo(845, -1)
  })

  test('batch norm has parameters and no operations', () => {
    const { layers } = sized(bnConv([4]).spec).summary
    expect(layers.map(({ layer, parameters, macs }) => [layer, parameters, macs])).toEqual([
      ['conv1', 36, 14 * 14 * 36],
      ['bn1', 8, 0],
      ['out', 50, 40],
    ])
  })
})

describe("ShrinkBench's sizes", () => {
  const dense = () => sized(lenet300().spec)
  const keeping = (size: number, kept: number) => Uint8Array.from({ length: size }, (_, i) => (i < kept ? 1 : 0))

  test('all parameters over those left, and MACs by the fraction of each kernel', () => {
    const network = dense()
    const masks = new Map([
      ['fc1/kernel', keeping(235_200, 23_520)],
      ['fc2/kernel', keeping(30_000, 15_000)],
    ])
    const size = sizeOfNetworks([{ ...network, masks, original: network }])
    expect(size.parameters).toBe(266_610 - 211_680 - 15_000)
    expect(size.compressionRatio).toBeCloseTo(266_610 / 39_930, 12)
    expect(size.macs).toBe(23_520 + 15_000 + 1000)
    expect(size.speedup).toBeCloseTo(266_200 / 39_520, 12)
    expect(size.sparsity).toBeCloseTo(226_680 / 266_200, 12)
    expect(size.layers).toEqual({ fc1: 0.1, fc2: 0.5, out: 1 })
  })

  test('a network with channels cut out is compared with what it was', () => {
    const spec = { name: 'shrunk', options: { of: { ...lenet300().spec }, widths: { fc1: 30 } } }
    const network = sized(spec)
    const size = sizeOfNetworks([{ ...network, masks: new Map(), original: sized(unshrunk(spec)) }])
    expect(size.parameters).toBe(784 * 30 + 30 + 3100 + 1010)
    expect(size.compressionRatio).toBeCloseTo(266_610 / 27_660, 12)
    expect(size.speedup).toBeCloseTo(266_200 / (23_520 + 3000 + 1000), 12)
    expect(size.layers).toEqual({ fc1: 0.1, fc2: 0.1, out: 1 })
    expect(size.sparsity).toBeCloseTo(1 - 27_520 / 266_200, 12)
  })

  test('also inside a batch ensemble and under a projector', () => {
    const narrow = { name: 'shrunk', options: { of: { ...bnConv([8]).spec }, widths: { conv1: 4 } } }
    expect(unshrunk({ name: 'batchEnsemble', options: { of: { ...narrow }, members: 2 } }).options.of).toEqual(bnConv([8]).spec)
    const simkd = { name: 'simkd', options: { student: { ...narrow }, teacher: { ...narrow }, factor: 2 } }
    expect(unshrunk(simkd).options).toEqual({ student: bnConv([8]).spec, teacher: narrow, factor: 2 })
  })

  test('networks that predict together cost what they cost in all', () => {
    const network = dense()
    const masks = new Map([['fc1/kernel', keeping(235_200, 0)]])
    const size = sizeOfNetworks([
      { ...network, masks, original: network },
      { ...network, masks: new Map(), original: network },
    ])
    expect(size.parameters).toBe(2 * 266_610 - 235_200)
    expect(size.compressionRatio).toBeCloseTo((2 * 266_610) / (2 * 266_610 - 235_200), 12)
    expect(size.macs).toBe(31_000 + 266_200)
    expect(size.sparsity).toBeCloseTo(235_200 / 266_200 / 2, 12)
  })

  test('names of results: layers only where something is gone', () => {
    const network = dense()
    const whole = sizeMetrics(sizeOfNetworks([{ ...network, masks: new Map(), original: network }]))
    expect(whole).toEqual({ parameters: 266_610, macs: 266_200, sparsity: 0, density: 1, compressionRatio: 1, speedup: 1 })
    const masks = new Map([['out/kernel', keeping(1000, 250)]])
    expect(sizeMetrics(sizeOfNetworks([{ ...network, masks, original: network }]))).toMatchObject({ 'density/fc1': 1, 'density/out': 0.25 })
  })
})
