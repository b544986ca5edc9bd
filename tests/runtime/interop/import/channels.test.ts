/** Channels of networks out of files, removed: what is cut out leaves what the masked network computes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { PruneOptions } from '../../../../dsl/graph/stage-options.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { applyMasks } from '../../../../stdlib/masks.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { withConstantsInReaders } from '../../../../stdlib/prune/constants.ts'
import { filterL1Criterion } from '../../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../../stdlib/prune/structured.ts'
import { BoundNetwork } from '../../../../stdlib/training/bound-network.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { type FileNode, type FileTensor, onnxFile } from '../onnx/onnx-file.ts'
import { apart, broughtIn, imagesFor, logitsOf } from './brought-in.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const values = (...shape: number[]): FileTensor => ({
  shape,
  values: Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.sin(i + shape.length)),
})
const one = (value: number): FileTensor => ({ shape: [], values: [value] })
const op = (operator: string, inputs: string[], output: string, attributes: FileNode['attributes'] = {}): FileNode => ({
  operator,
  inputs,
  outputs: [output],
  attributes,
})

const constants = {
  'first.weight': values(8, 3, 1, 1),
  'first.bias': values(8),
  'second.weight': values(6, 8, 1, 1),
  'second.bias': values(6),
  'fc.weight': values(10, 6),
  'fc.bias': values(10),
  three: one(3),
  six: one(6),
  none: one(0),
  begin: { shape: [1], values: [4], type: 7 },
  end: { shape: [1], values: [12], type: 7 },
  axis: { shape: [1], values: [1], type: 7 },
}
const network = (between: readonly FileNode[]) =>
  onnxFile({
    constants,
    nodes: [
      op('Conv', ['x', 'first.weight', 'first.bias'], 'c'),
      ...between,
      op('Conv', ['a', 'second.weight', 'second.bias'], 'd'),
      op('GlobalAveragePool', ['d'], 'p'),
      op('Flatten', ['p'], 'f'),
      op('Gemm', ['f', 'fc.weight', 'fc.bias'], 'y', { transB: 1 }),
    ],
  })
const pruning: PruneOptions = {
  ...{ criterion: { kind: 'filterL1' }, scope: 'layer', sparsity: 0.5, of: 'remaining', exclude: [], outputLayer: 'keep' },
}

test.each<[string, readonly FileNode[], producers: readonly string[][]]>([
  ['a sigmoid, which makes a half of a removed channel', [op('Sigmoid', ['c'], 'a')], [['first'], ['second']]],
  [
    'a gate: x · min(max(x + 3, 0), 6) / 6',
    [op('Add', ['c', 'three'], 's'), op('Clip', ['s', 'none', 'six'], 'g'), op('Mul', ['c', 'g'], 'm'), op('Div', ['m', 'six'], 'a')],
    [['first'], ['second']],
  ],
  [
    'a quotient, which no channel may be removed before',
    [op('Abs', ['c'], 'b'), op('Add', ['b', 'three'], 's'), op('Div', ['c', 's'], 'a')],
    [['second']],
  ],
  [
    'a shift of channels among themselves',
    [op('Concat', ['c', 'c'], 't', { axis: 1 }), op('Slice', ['t', 'begin', 'end', 'axis'], 'a')],
    [['second']],
  ],
])('%s', async (_, between, producers) => {
  const folder = await temporaryFolder()
  const path = join(folder, 'network.onnx')
  writeFileSync(path, network(between))
  const { model, network: whole } = await broughtIn(engine, path)
  const groups = channelGroups(model)
  expect(groups.filter(({ fixed }) => !fixed).map((group) => group.producers)).toEqual(producers)
  const images = imagesFor(whole)
  const masks = channelMasks(whole, groups, filterL1Criterion, pruning)
  const masked = { ...whole, masks, weights: applyMasks(whole.weights, masks) }
  const before = logitsOf(engine, model, masked, images)
  const spec = whole.topology.model
  const shifted = await withConstantsInReaders(engine, new BoundNetwork(engine, spec, model), masked)
  const less = shrinking(shifted, groups)
  const narrow = buildModel(engine.tf, less.model)
  const cut = less.network(topologyOf(less.model, narrow))
  expect(apart(logitsOf(engine, narrow, cut, images), before)).toBeLessThan(1e-5)
})
