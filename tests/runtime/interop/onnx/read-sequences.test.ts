/** Recurrent layers and attention out of ONNX files: by ONNX's equations, and as PyTorch writes them. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { python, torchVersion } from '../../../../bench/peers.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { readNetworkFile } from '../../../../runtime/interop/network-file.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { apart, broughtIn, logitsOf, written } from '../import/brought-in.ts'
import { type FileNode, type FileTensor, type OnnxFile, onnxFile } from './onnx-file.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const values = (seed: number, ...shape: number[]): FileTensor => ({
  shape,
  values: Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.fround(Math.sin(seed + 3 * i))),
})
const whole = (...list: number[]): FileTensor => ({ shape: [list.length], values: list, type: 7 })
const op = (operator: string, inputs: string[], outputs: string[], attributes: FileNode['attributes'] = {}): FileNode => ({
  operator,
  name: `/${outputs.join('')}/${operator}`,
  inputs,
  outputs,
  attributes,
})

async function fileOf(file: OnnxFile): Promise<string> {
  const path = join(await temporaryFolder(), 'network.onnx')
  writeFileSync(path, onnxFile(file))
  return path
}

const [length, features, units] = [3, 2, 2]
const gates = { RNN: 1, GRU: 3, LSTM: 4 } as const
type Kind = keyof typeof gates

const constantsOf = (kind: Kind, directions: number) => ({
  W: values(1, directions, gates[kind] * units, features),
  R: values(2, directions, gates[kind] * units, units),
  B: values(3, directions, 2 * gates[kind] * units),
  zeros: { shape: [directions, 1, units], values: Array.from({ length: directions * units }, () => 0) },
})

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** The states of all steps by the equations of ONNX's specification, where W, R, Wb and Rb are a direction's rows of gates. */
function states(kind: Kind, sequence: readonly (readonly number[])[], direction = 0): number[][] {
  const { W, R, B } = constantsOf(kind, direction + 1)
  const rows = gates[kind] * units
  const product = (of: FileTensor, row: number, x: readonly number[]) =>
    x.reduce((sum, each, i) => sum + each * of.values[(direction * rows + row) * x.length + i]!, 0)
  const bias = (row: number) => B.values[2 * direction * rows + row]! + B.values[2 * direction * rows + rows + row]!
  let [h, c] = [Array<number>(units).fill(0), Array<number>(units).fill(0)]
  return sequence.map((x) => {
    const before = h
    const gate = (place: number, unit: number, from = before) =>
      product(W, place * units + unit, x) + product(R, place * units + unit, from) + bias(place * units + unit)
    if (kind === 'RNN') h = before.map((_, unit) => Math.tanh(gate(0, unit)))
    if (kind === 'GRU') {
      const reset = before.map((each, unit) => each * sigmoid(gate(1, unit)))
      h = before.map((each, unit) => {
        const update = sigmoid(gate(0, unit))
        return (1 - update) * Math.tanh(gate(2, unit, reset)) + update * each
      })
    }
    if (kind === 'LSTM') {
      // Input, output, forget, cell.
      c = c.map((cell, unit) => sigmoid(gate(2, unit)) * cell + sigmoid(gate(0, unit)) * Math.tanh(gate(3, unit)))
      h = c.map((cell, unit) => sigmoid(gate(1, unit)) * Math.tanh(cell))
    }
    return h
  })
}

const sequences = values(7, 2, length, features)
const each = Array.from({ length: 2 }, (_, b) =>
  Array.from({ length }, (_, t) => sequences.values.slice((b * length + t) * features, (b * length + t + 1) * features)),
)

const recurrent = (kind: Kind, outputs: string[], attributes: FileNode['attributes'] = {}) =>
  op(kind, ['s', 'W', 'R', 'B', '', 'zeros'], outputs, { hidden_size: units, ...attributes })
const input = { name: 'x', shape: ['batch', length, features] }
const steps = op('Transpose', ['x'], ['s'], { perm: [1, 0, 2] })

test.each<Kind>(['RNN', 'GRU', 'LSTM'])('%s gives the states that its equations give: the last, and of every step', async (kind) => {
  const constants = { ...constantsOf(kind, 1), axis: whole(0), second: whole(1) }
  const last = await broughtIn(
    engine,
    await fileOf({ input, constants, nodes: [steps, recurrent(kind, ['', 'h']), op('Squeeze', ['h', 'axis'], ['y'])] }),
  )
  const x = Float32Array.from(sequences.values)
  const expected = each.map((sequence) => states(kind, sequence))
  expect(
    apart(
      logitsOf(engine, last.model, last.network, x),
      expected.flatMap((all) => all.at(-1)!),
    ),
  ).toBeLessThan(1e-6)
  // [length, 1, batch, units] → [batch, length · units]
  const nodes = [
    steps,
    recurrent(kind, ['Y']),
    op('Squeeze', ['Y', 'second'], ['q']),
    op('Transpose', ['q'], ['t'], { perm: [1, 0, 2] }),
    op('Flatten', ['t'], ['y']),
  ]
  const all = await broughtIn(engine, await fileOf({ input, constants, nodes }))
  expect(apart(logitsOf(engine, all.model, all.network, x), expected.flat(2))).toBeLessThan(1e-6)
  expect(all.network.topology.parameters.map(({ role, prunable }) => [role, prunable])).toEqual([
    ['kernel', true],
    ['recurrent', true],
    ['bias', false],
  ])
})

test('both directions: steps in order, the last state of each is that after its own last step, and both outputs are of one layer', async () => {
  const nodes = [
    steps,
    recurrent('LSTM', ['Y', 'h', 'c'], { direction: 'bidirectional' }),
    op('Transpose', ['Y'], ['t'], { perm: [2, 0, 1, 3] }),
    op('Flatten', ['t'], ['all']),
    op('Transpose', ['h'], ['u'], { perm: [1, 0, 2] }),
    op('Flatten', ['u'], ['last']),
    op('Concat', ['all', 'last'], ['y'], { axis: 1 }),
  ]
  const { model, network, file } = await broughtIn(engine, await fileOf({ input, constants: constantsOf('LSTM', 2), nodes }))
  const expected = each.flatMap((sequence) => {
    const there = states('LSTM', sequence)
    const back = states('LSTM', sequence.toReversed(), 1).toReversed()
    return [there.flatMap((state, t) => [...state, ...back[t]!]), there.at(-1)!, back[0]!].flat()
  })
  expect(apart(logitsOf(engine, model, network, Float32Array.from(sequences.values)), expected)).toBeLessThan(1e-6)
  expect(file.network.layers.filter(({ kind }) => kind === 'LSTM')).toHaveLength(2)
})

test('a product of two values is one of matrices: [heads, places, size] by [heads, size, places]', async () => {
  const nodes = [
    op('Transpose', ['x'], ['t'], { perm: [0, 1, 3, 2] }),
    op('MatMul', ['x', 't'], ['p']),
    op('Flatten', ['p'], ['f']),
    op('MatMul', ['f', 'one'], ['y']),
  ]
  const one = { shape: [18, 18], values: Array.from({ length: 18 * 18 }, (_, i) => Number(i % 19 === 0)) }
  const path = await fileOf({ input: { name: 'x', shape: ['batch', 2, 3, 2] }, constants: { one }, nodes })
  const { model, network } = await broughtIn(engine, path)
  // Images are [height, width, channels] here.
  const x = (b: number, head: number, place: number, i: number) => 100 * b + 10 * head + 3 * place + i
  const given = [0, 1].flatMap((b) => [0, 1, 2].flatMap((place) => [0, 1].flatMap((i) => [0, 1].map((head) => x(b, head, place, i)))))
  const expected = [0, 1].flatMap((b) =>
    [0, 1].flatMap((head) =>
      [0, 1, 2].flatMap((p) => [0, 1, 2].map((q) => [0, 1].reduce((sum, i) => sum + x(b, head, p, i) * x(b, head, q, i), 0))),
    ),
  )
  expect(logitsOf(engine, model, network, Float32Array.from(given))).toEqual(expected)
})

test('a constant beside what is computed is a weight, the same for each example, also where the file has it for each', async () => {
  const first = { shape: [2, 1, features], values: [5, 6, 5, 6] }
  const nodes = [op('Concat', ['first', 'x'], ['c'], { axis: 1 }), op('Flatten', ['c'], ['y'])]
  for (const [batch, of] of [
    [2, first],
    ['batch', { shape: [1, 1, features], values: [5, 6] }],
  ] as const) {
    const path = await fileOf({ input: { name: 'x', shape: [batch, length, features] }, constants: { first: of }, nodes })
    const { model, network } = await broughtIn(engine, path)
    const x = [1, 2, 3, 4, 7, 8]
    expect(logitsOf(engine, model, network, Float32Array.from([...x, ...x]))).toEqual([5, 6, ...x, 5, 6, ...x])
    expect(network.topology.parameters.map(({ role, shape, prunable }) => [role, shape, prunable])).toEqual([['embedding', [1, 2], false]])
  }
})

test.each<[what: string, file: OnnxFile, title: string, fact: readonly [string, string]]>([
  [
    'a state that does not begin at zero',
    { constants: { zeros: { shape: [1, 1, units], values: [0, 1] } }, nodes: [steps, recurrent('LSTM', ['', 'y'])] },
    'The operator LSTM is supported, but not with the given first state.',
    ['node', '/y/LSTM'],
  ],
  [
    'a reset gate after the product',
    { constants: constantsOf('GRU', 1), nodes: [steps, recurrent('GRU', ['', 'y'], { linear_before_reset: 1 })] },
    'The operator GRU is supported, but not with the given linear_before_reset.',
    ['node', '/y/GRU'],
  ],
  [
    'the state of the cells',
    { nodes: [steps, recurrent('LSTM', ['', '', 'y'])] },
    'The operator LSTM is supported, but not with the given output 3.',
    ['output 3', 'y'],
  ],
  [
    'sequences of other lengths',
    { nodes: [steps, op('LSTM', ['s', 'W', 'R', 'B', 'zeros'], ['', 'y'], { hidden_size: units })] },
    'The operator LSTM is supported, but not with the given lengths.',
    ['lengths', 'given'],
  ],
  [
    'the batch before the steps',
    { nodes: [op('LSTM', ['x', 'W', 'R', 'B'], ['', 'y'], { hidden_size: units })] },
    'The operator LSTM is supported, but not with the given input 1.',
    ['input 1', `[batch, ${length}, ${features}]`],
  ],
  [
    'kernels of another size',
    { constants: { R: values(2, 1, 4 * units, 3) }, nodes: [steps, recurrent('LSTM', ['', 'y'])] },
    `The operators in the network file are inconsistent: its input 3 is [1, ${4 * units}, 3], and [1, ${4 * units}, ${units}] goes with its other inputs.`,
    ['operator', 'LSTM'],
  ],
  [
    'an attribute that is not translated',
    { nodes: [steps, recurrent('LSTM', ['', 'y'], { clip: { float: 3 } })] },
    'The operator LSTM is supported, but not with the given attribute clip.',
    ['attribute clip', '3'],
  ],
  [
    'tokens that are added',
    { input: { name: 'x', shape: ['batch', length], type: 7 }, nodes: [op('Add', ['x', 'x'], ['y'])] },
    'The operator Add is supported, but not with the given input 1.',
    ['input 1', 'tokens'],
  ],
  [
    'a convolution of steps',
    { nodes: [steps, op('Conv', ['s', 'W'], ['y'])] },
    'The operator Conv is supported, but not with the given input 1.',
    ['input 1', 'the batch in axis 1 of 3'],
  ],
  [
    'a constant that is another for each example',
    {
      input: { name: 'x', shape: [2, length, features] },
      constants: { first: values(5, 2, 1, features) },
      nodes: [op('Concat', ['first', 'x'], ['y'], { axis: 1 })],
    },
    'The operator Concat is supported, but not with the given input 1.',
    ['supported', 'the same for each example'],
  ],
  [
    'a network without weights',
    { nodes: [op('Relu', ['x'], ['r']), op('Flatten', ['r'], ['y'])] },
    'The network cannot be imported: it has no weights.',
    ['layers', '2'],
  ],
  [
    'matrices that do not go together',
    { nodes: [op('MatMul', ['x', 'x'], ['y'])] },
    'The operator MatMul is supported, but not with the given inputs.',
    ['node', '/y/MatMul'],
  ],
])('%s: refused with what it is about', async (_, file, title, fact) => {
  const path = await fileOf({ input, ...file, constants: { ...constantsOf('LSTM', 1), ...file.constants } })
  await expect(readNetworkFile(path)).rejects.toMatchObject({ title, facts: expect.arrayContaining([fact]) })
})

const torch = torchVersion()
const why = torch === undefined ? `${python} cannot import torch; PYTHON names a Python that can` : missing()
function missing(): string | undefined {
  try {
    execFileSync(python, ['-c', 'import onnx, onnxscript, timm'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'it has not all of onnx, onnxscript and timm'
  }
}
if (why !== undefined) console.log(`skipped: recurrent networks and transformers out of PyTorch. ${why}.`)

describe.skipIf(why !== undefined)('written by PyTorch now', () => {
  test('LSTM and RNN classifiers, an encoder layer and timm’s vision transformer, each exported in three ways', async () => {
    const folder = await temporaryFolder()
    execFileSync(python, [join(import.meta.dirname, 'torch_sequences.py'), folder], { stdio: ['ignore', 'ignore', 'pipe'] })
    const found: { readonly name: string; readonly now: number; readonly again: number }[] = []
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.onnx'))) {
      const { input, logits } = JSON.parse(readFileSync(join(folder, name.replace('.onnx', '.json')), 'utf8')) as {
        readonly [key in 'input' | 'logits']: readonly number[]
      }
      const { model, network } = await broughtIn(engine, join(folder, name))
      const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
      const [now, later] = [{ model, network }, again].map((one) =>
        apart(logitsOf(engine, one.model, one.network, Float32Array.from(input)), logits),
      ) as [number, number]
      found.push({ name, now, again: later })
      for (const one of [model, again.model]) one.dispose()
    }
    expect(found).toHaveLength(32)
    expect(found.filter(({ now, again }) => !(now < 1e-4 && again < 1e-4))).toEqual([])
  }, 600_000)
})
