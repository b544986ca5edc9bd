/** ONNX files, damaged and made up. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { sizeOf } from '../../stdlib/network.ts'
import { type FileAttribute, type FileNode, type FileTensor, type OnnxFile, onnxFile } from '../runtime/interop/onnx/onnx-file.ts'
import type { Fuzzer } from './fuzzer.ts'
import { type Damage, damage, damaged, taken } from './network-files.ts'

const ramp = (...shape: number[]): FileTensor => ({ shape, values: Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)) })
const whole = (...values: number[]): FileTensor => ({ shape: [values.length], values, type: 7 })
const node = (operator: string, inputs: string[], output: string, attributes: FileNode['attributes'] = {}): FileNode => ({
  operator,
  name: `/${output}/${operator}`,
  inputs,
  outputs: [output],
  attributes,
})

/** One of almost everything: a block with a shortcut, depthwise and grouped convolutions, tokens, shapes of shapes, a head. */
const network: OnnxFile = {
  constants: {
    'conv1.weight': ramp(8, 3, 3, 3),
    'conv1.bias': ramp(8),
    gamma: ramp(8),
    variance: { shape: [8], values: [1, 2, 3, 4, 5, 6, 7, 8] },
    'dw.weight': ramp(8, 1, 3, 3),
    'grouped.weight': ramp(8, 4, 1, 1),
    'up.weight': ramp(8, 6, 2, 2),
    'fc.weight': ramp(10, 6),
    'fc.bias': ramp(10),
    half: { shape: [], values: [0.5] },
    perChannel: ramp(8, 1, 1),
    'tokens.weight': ramp(8, 8),
    rest: whole(-1),
    zero: whole(0),
    pads: whole(0, 0, 1, 1, 0, 0, 1, 1),
    none: { shape: [], values: [0] },
  },
  nodes: [
    node('Conv', ['x', 'conv1.weight', 'conv1.bias'], 'c', { pads: [1, 1, 1, 1], strides: [2, 2], kernel_shape: [3, 3] }),
    node('BatchNormalization', ['c', 'gamma', 'gamma', 'gamma', 'variance'], 'n', { epsilon: { float: 1e-5 }, momentum: { float: 0.9 } }),
    node('HardSwish', ['n'], 'h'),
    node('Conv', ['h', 'dw.weight'], 'd', { group: 8, pads: [1, 1, 1, 1] }),
    node('Conv', ['d', 'grouped.weight'], 'g', { group: 2 }),
    node('Add', ['g', 'h'], 'sum'),
    node('GlobalAveragePool', ['sum'], 'pooled'),
    node('Sigmoid', ['pooled'], 'gate'),
    node('Mul', ['sum', 'gate'], 'gated'),
    node('Mul', ['gated', 'perChannel'], 'scaled'),
    node('Reshape', ['scaled', 'flatShape'], 'tokensFirst'),
    node('Transpose', ['tokensFirst'], 'tokens', { perm: [0, 2, 1] }),
    node('LayerNormalization', ['tokens', 'gamma', 'gamma'], 'normed', { axis: -1 }),
    node('MatMul', ['normed', 'tokens.weight'], 'mixed'),
    node('Gelu', ['mixed'], 'active', { approximate: 'tanh' }),
    node('Transpose', ['active'], 'back', { perm: [0, 2, 1] }),
    node('Reshape', ['back', 'mapShape'], 'map'),
    node('Pad', ['map', 'pads', 'none'], 'padded', { mode: 'constant' }),
    node('MaxPool', ['padded'], 'most', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
    node('ConvTranspose', ['most', 'up.weight'], 'u', { strides: [2, 2], pads: [1, 1, 0, 0] }),
    node('Split', ['u'], 'left', { axis: 1 }),
    node('Div', ['u', 'half'], 'doubled'),
    node('Clip', ['doubled'], 'clipped'),
    node('ReduceMean', ['clipped'], 'means', { axes: [2, 3], keepdims: 0 }),
    node('Gemm', ['means', 'fc.weight', 'fc.bias'], 'y', { transB: 1, alpha: { float: 0.5 } }),
  ],
}

/** Shapes that are worked out of shapes, before the operators that read them. */
const shapes: readonly FileNode[] = [
  node('Shape', ['scaled'], 'sizes'),
  node('Gather', ['sizes', 'zero'], 'batch', { axis: 0 }),
  node('Constant', [], 'eight', { value: whole(8, -1) }),
  node('Concat', ['batch', 'eight'], 'flatShape', { axis: 0 }),
]
const mapShape: readonly FileNode[] = [
  node('Constant', [], 'four', { value: whole(8, 4, 4) }),
  node('Concat', ['batch', 'four'], 'mapShape', { axis: 0 }),
]
const withShapes: OnnxFile = {
  ...network,
  nodes: network.nodes.flatMap((each) => {
    if (each.outputs[0] === 'tokensFirst') return [...shapes, each]
    if (each.outputs[0] === 'map') return [...mapShape, each]
    return each.operator === 'Split' ? [] : [each]
  }),
}

/** Tokens, recurrent layers in both directions, an attention whose heads and batch are one axis for a while, a constant beside the tokens. */
const sequences: OnnxFile = {
  input: { name: 'x', shape: ['batch', 5], type: 7 },
  constants: {
    'words.weight': ramp(9, 4),
    W: ramp(2, 12, 4),
    R: ramp(2, 12, 3),
    B: ramp(2, 24),
    W2: ramp(1, 9, 6),
    R2: ramp(1, 9, 3),
    B2: ramp(1, 18),
    first: ramp(1, 1, 4),
    'q.weight': ramp(4, 4),
    'fc.weight': ramp(10, 3),
    merged: whole(0, -1, 2),
    parted: whole(-1, 2, 6, 2),
    joined: whole(6, -1, 4),
    last: whole(-1),
    steps: whole(0, 0, -1),
    axis: whole(0),
  },
  nodes: [
    node('Gather', ['words.weight', 'x'], 'e', { axis: 0 }),
    node('Concat', ['first', 'e'], 'six', { axis: 1 }),
    node('MatMul', ['six', 'q.weight'], 'q'),
    node('Transpose', ['q'], 'turned', { perm: [1, 0, 2] }),
    node('Reshape', ['turned', 'merged'], 'heads'),
    node('Transpose', ['heads'], 'byHead', { perm: [1, 0, 2] }),
    node('Reshape', ['byHead', 'parted'], 'queries'),
    node('Transpose', ['queries'], 'keys', { perm: [0, 1, 3, 2] }),
    node('MatMul', ['queries', 'keys'], 'products'),
    node('Softmax', ['products'], 'weights', { axis: -1 }),
    node('MatMul', ['weights', 'queries'], 'given'),
    node('Transpose', ['given'], 'together', { perm: [2, 0, 1, 3] }),
    node('Reshape', ['together', 'joined'], 'steps1'),
    node('LSTM', ['steps1', 'W', 'R', 'B'], 'Y', { hidden_size: 3, direction: 'bidirectional' }),
    node('Transpose', ['Y'], 'between', { perm: [0, 2, 1, 3] }),
    node('Reshape', ['between', 'steps'], 'both'),
    node('Slice', ['both', 'last', 'end', 'axis', 'last'], 'backwards'),
    { ...node('GRU', ['backwards', 'W2', 'R2', 'B2'], '', { hidden_size: 3, linear_before_reset: 0 }), outputs: ['', 'state'] },
    node('Squeeze', ['state', 'axis'], 'vector'),
    node('Gemm', ['vector', 'fc.weight'], 'y', { transB: 1 }),
  ],
}
const withEnd: OnnxFile = { ...sequences, constants: { ...sequences.constants, end: whole(-(2 ** 31)) } }

const bases = { images: withShapes, sequences: withEnd } as const

const operators = [
  'Loop',
  'If',
  'Conv',
  'MaxPool',
  'Reshape',
  'Add',
  'Concat',
  'Identity',
  'Gather',
  'Softmax',
  'Expand',
  'ConstantOfShape',
  'Squeeze',
  'Split',
  'Slice',
  'LSTM',
  'GRU',
  'RNN',
  'MatMul',
  'Transpose',
  'Where',
]
const attributes: readonly FileAttribute[] = [
  0,
  -1,
  1,
  7,
  2 ** 31,
  2 ** 53,
  'SAME_LOWER',
  'x'.repeat(5000),
  [],
  [0, 0],
  [1, -1],
  [2 ** 40, 2 ** 40],
  Array.from({ length: 5000 }, () => 1),
  { float: Number.NaN },
  { float: 1e38 },
  { graphs: 3 },
  { graphs: 2000 },
  ramp(2, 2),
]
const sizes = [0, -1, 1, 2, 3, 255, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53, 2 ** 62]
const names = ['x', 'y', 'sum', 'c', 'nothing', '', '__proto__', 'constructor', 'conv1.weight', 'rest', 'flatShape', 'Y', 'queries', 'W']

/** Changes of what the file says, where changes of bytes would seldom come to. */
const bend = fc.oneof(
  fc.record({
    bend: fc.constant('operator' as const),
    at: fc.nat(),
    operator: fc.constantFrom(...operators),
    domain: fc.constantFrom('', 'ai.onnx', 'com.example'),
  }),
  fc.record({
    bend: fc.constant('attribute' as const),
    at: fc.nat(),
    name: fc.constantFrom(
      'pads',
      'strides',
      'group',
      'axis',
      'perm',
      'kernel_shape',
      'epsilon',
      'value',
      'direction',
      'hidden_size',
      'strange',
    ),
    attribute: fc.constantFrom(...attributes),
  }),
  fc.record({ bend: fc.constant('input' as const), at: fc.nat(), input: fc.nat(4), name: fc.constantFrom(...names) }),
  fc.record({ bend: fc.constant('output' as const), at: fc.nat(), name: fc.constantFrom(...names) }),
  fc.record({ bend: fc.constant('size' as const), at: fc.nat(), axis: fc.nat(4), size: fc.constantFrom(...sizes) }),
  fc.record({
    bend: fc.constant('values' as const),
    at: fc.nat(),
    values: fc.array(fc.constantFrom(-1, 0, 1, 2, 8, 2 ** 31, 2 ** 53, Number.NaN), { maxLength: 9 }),
    type: fc.constantFrom(0, 1, 7, 8, 14, 99),
  }),
  fc.record({
    bend: fc.constant('outside' as const),
    at: fc.nat(),
    location: fc.constantFrom('../secret', '/etc/passwd', 'network.onnx', 'gone', '', '.', 'a/b', '\u0000'),
    offset: fc.constantFrom('0', '-1', '1e9', 'x', '9'.repeat(30)),
  }),
  fc.record({ bend: fc.constant('swap' as const), at: fc.nat(), with: fc.nat() }),
  fc.record({
    bend: fc.constant('input shape' as const),
    shape: fc.array(fc.oneof(fc.constantFrom<number | string>(...sizes, 'batch', 'open')), { maxLength: 6 }),
  }),
  fc.record({ bend: fc.constant('opset' as const), opset: fc.constantFrom(0, 1, 6, 10, 12, 13, 18, 23, 24, 2 ** 31) }),
  fc.record({ bend: fc.constant('repeat' as const), at: fc.nat(), times: fc.constantFrom(2, 100, 30_000) }),
)
type Bend = typeof bend extends fc.Arbitrary<infer B> ? B : never

function bent(file: OnnxFile, change: Bend): OnnxFile {
  const nodeAt = (at: number) => file.nodes[at % file.nodes.length]!
  const withNode = (at: number, changed: FileNode): OnnxFile => ({ ...file, nodes: file.nodes.with(at % file.nodes.length, changed) })
  const constants = Object.entries(file.constants ?? {})
  const withConstant = (at: number, changed: (tensor: FileTensor) => FileTensor): OnnxFile => {
    const [name, tensor] = constants[at % constants.length]!
    return { ...file, constants: { ...file.constants, [name]: changed(tensor) } }
  }
  switch (change.bend) {
    case 'operator':
      return withNode(change.at, { ...nodeAt(change.at), operator: change.operator, domain: change.domain })
    case 'attribute':
      return withNode(change.at, { ...nodeAt(change.at), attributes: { ...nodeAt(change.at).attributes, [change.name]: change.attribute } })
    case 'input': {
      const { inputs } = nodeAt(change.at)
      return withNode(change.at, {
        ...nodeAt(change.at),
        inputs: inputs.length === 0 ? [change.name] : inputs.with(change.input % inputs.length, change.name),
      })
    }
    case 'output':
      return withNode(change.at, { ...nodeAt(change.at), outputs: [change.name] })
    case 'size':
      return withConstant(change.at, (tensor) => ({
        ...tensor,
        shape: tensor.shape.length === 0 ? [change.size] : tensor.shape.with(change.axis % tensor.shape.length, change.size),
      }))
    case 'values':
      return withConstant(change.at, () => ({
        shape: [change.values.length],
        values: change.values.map((value) => (Number.isNaN(value) ? 0 : value)),
        type: change.type === 1 ? 1 : 7,
      }))
    case 'outside':
      return withConstant(change.at, (tensor) => ({ ...tensor, outside: { location: change.location, offset: change.offset } }))
    case 'swap': {
      const [one, other] = [change.at % file.nodes.length, change.with % file.nodes.length]
      return { ...file, nodes: file.nodes.with(one, file.nodes[other]!).with(other, file.nodes[one]!) }
    }
    case 'input shape':
      return { ...file, input: { ...file.input, name: 'x', shape: change.shape } }
    case 'opset':
      return { ...file, opset: change.opset }
    case 'repeat': {
      const copies = Array.from({ length: change.times }, (_, i) => ({ ...nodeAt(change.at), outputs: [`copy${i}`] }))
      return { ...file, nodes: [...file.nodes, ...copies] }
    }
  }
}

const base = fc.constantFrom(...(Object.keys(bases) as (keyof typeof bases)[]))

export const onnxFiles: Fuzzer<{ readonly base: keyof typeof bases; readonly bends: readonly Bend[]; readonly damage: Damage }> = {
  name: 'onnx',
  input: fc.oneof(
    { weight: 1, arbitrary: fc.record({ base, bends: fc.constant<Bend[]>([]), damage }) },
    { weight: 3, arbitrary: fc.record({ base, bends: fc.array(bend, { minLength: 1, maxLength: 2 }), damage: fc.constant<Damage>([]) }) },
  ),
  async run({ base, bends, damage }, folder) {
    writeFileSync(join(folder, 'network.onnx'), damaged(onnxFile(bends.reduce(bent, bases[base])), damage))
    return taken(folder, 'network.onnx')
  },
}
