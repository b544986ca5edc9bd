/** What cannot be brought in is said by file, operator, node and value; what a file asks for is bounded. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readNetworkFile } from '../../../../runtime/interop/network-file.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { type FileNode, type FileTensor, type OnnxFile, onnxFile } from './onnx-file.ts'

const values = (...shape: number[]): FileTensor => ({
  shape,
  values: Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.sin(i)),
})
const constants = { 'conv.weight': values(4, 3, 3, 3), 'fc.weight': values(10, 4) }
const conv: FileNode = {
  operator: 'Conv',
  name: '/conv/Conv',
  inputs: ['x', 'conv.weight'],
  outputs: ['c'],
  attributes: { pads: [1, 1, 1, 1] },
}
const pool: FileNode = { operator: 'GlobalAveragePool', inputs: ['c'], outputs: ['p'] }
const flat: FileNode = { operator: 'Flatten', inputs: ['p'], outputs: ['f'] }
const fc: FileNode = { operator: 'Gemm', name: '/fc/Gemm', inputs: ['f', 'fc.weight'], outputs: ['y'], attributes: { transB: 1 } }
const plain: OnnxFile = { constants, nodes: [conv, pool, flat, fc] }

async function reading(content: Uint8Array, beside: { readonly [name: string]: Uint8Array } = {}): Promise<unknown> {
  const folder = await temporaryFolder()
  for (const [name, bytes] of Object.entries(beside)) writeFileSync(join(folder, name), bytes)
  writeFileSync(join(folder, 'network.onnx'), content)
  return readNetworkFile(join(folder, 'network.onnx'))
}

test('the network that the others are changed from is taken', async () => {
  const { network, widths } = (await reading(onnxFile(plain))) as Awaited<ReturnType<typeof readNetworkFile>>
  expect(network.layers.map(({ kind, name, from }) => [kind, name, from])).toEqual([
    ['Conv2D', 'conv', ['input']],
    ['GlobalAveragePooling2D', 'p', ['conv']],
    ['Dense', 'fc', ['p']],
  ])
  expect([...widths]).toEqual([
    ['conv', 4],
    ['fc', 10],
  ])
})

test('an operator without a translation: file, operator, node', async () => {
  const failure = reading(onnxFile({ ...plain, nodes: [conv, { ...pool, operator: 'LpNormalization', name: '/pool/Norm' }, flat, fc] }))
  await expect(failure).rejects.toMatchObject({
    title: 'The operator LpNormalization is not supported.',
    facts: expect.arrayContaining([
      ['file', expect.stringMatching(/network\.onnx$/)],
      ['operator', 'LpNormalization'],
      ['node', '/pool/Norm'],
    ]),
  })
  const foreign = reading(onnxFile({ ...plain, nodes: [{ ...conv, domain: 'com.microsoft' }, pool, flat, fc] }))
  await expect(foreign).rejects.toMatchObject({ title: 'The operator com.microsoft.Conv is not supported.' })
})

test.each<[what: string, file: OnnxFile, title: string, fact: readonly [string, string]]>([
  [
    'an attribute that is not translated',
    { ...plain, nodes: [{ ...conv, attributes: { auto_pad: 'SAME_LOWER' } }, pool, flat, fc] },
    'The operator Conv is supported, but not with the given auto_pad.',
    ['auto_pad', 'SAME_LOWER'],
  ],
  [
    'an attribute that nobody knows',
    { ...plain, nodes: [{ ...conv, attributes: { pads: [1, 1, 1, 1], strange: 7 } }, pool, flat, fc] },
    'The operator Conv is supported, but not with the given attribute strange.',
    ['attribute strange', '7'],
  ],
  [
    'a size that is open beside the batch',
    { ...plain, input: { name: 'x', shape: ['batch', 3, 'height', 8] } },
    'The network cannot be imported: a size of its input is open that is not the batch.',
    ['shape', '[batch, 3, height, 8]'],
  ],
  [
    'a cycle',
    { ...plain, nodes: [{ ...conv, inputs: ['f', 'conv.weight'] }, pool, flat, fc] },
    'The operators in the network file are inconsistent: it reads f, which nothing before it gives.',
    ['node', '/conv/Conv'],
  ],
  [
    'channels that do not fit',
    { ...plain, constants: { ...constants, 'conv.weight': values(4, 5, 3, 3) } },
    'The operators in the network file are inconsistent: its kernel [4, 5, 3, 3] in 1 groups does not fit 3 channels.',
    ['operator', 'Conv'],
  ],
  [
    'several inputs',
    { ...plain, outputs: ['y', 'f'] },
    'The network cannot be imported: it does not have one output.',
    ['outputs', 'y, f'],
  ],
  [
    'a constant that is said to be huge',
    { ...plain, constants: { ...constants, 'conv.weight': { shape: [2 ** 31, 2 ** 20, 3, 3], values: [1, 2, 3] } } },
    'The network file is damaged or invalid: a constant is not as large as its sizes say.',
    ['constant', 'conv.weight'],
  ],
  [
    'pictures that would be huge',
    { ...plain, input: { name: 'x', shape: ['batch', 3, 60_000, 60_000] } },
    'The network is too large to import: what input gives.',
    ['most', String(2 ** 27)],
  ],
  [
    'shapes that would be huge',
    {
      ...plain,
      constants: { ...constants, shape: { shape: [2], values: [2 ** 20, 2 ** 20], type: 7 } },
      nodes: [{ operator: 'ConstantOfShape', inputs: ['shape'], outputs: ['s'] }, conv, pool, flat, fc],
    },
    'The network is too large to import: what is computed of its constants.',
    ['found', '[1048576, 1048576]'],
  ],
  [
    'graphs in graphs',
    { ...plain, nodes: [conv, { ...pool, operator: 'If', attributes: { then_branch: { graphs: 5000 } } }, flat, fc] },
    'The operator If is not supported.',
    ['operator', 'If'],
  ],
])('%s', async (_, file, title, fact) => {
  await expect(reading(onnxFile(file))).rejects.toMatchObject({ title, facts: expect.arrayContaining([fact]) })
})

test('weights in another file are read from the same folder, and from nowhere else', async () => {
  const data = new Uint8Array(Float32Array.from(constants['conv.weight'].values).buffer)
  const outside = (location: string, more = {}): Uint8Array =>
    onnxFile({ ...plain, constants: { ...constants, 'conv.weight': { ...constants['conv.weight'], outside: { location, ...more } } } })
  const [inOne, beside] = [
    await reading(onnxFile(plain)),
    await reading(outside('network.onnx.data'), { 'network.onnx.data': data }),
  ] as Awaited<ReturnType<typeof readNetworkFile>>[]
  expect(beside!.network).toEqual(inOne!.network)
  expect(beside!.weights.get('conv/kernel')!.values()).toEqual(inOne!.weights.get('conv/kernel')!.values())
  expect(beside!.files).toHaveLength(2)
  expect(beside!.content).not.toBe(inOne!.content)
  const notRead = { title: 'The external weight file of the network cannot be used.' }
  for (const location of ['../network.onnx.data', '/etc/passwd', 'a/b', '..', 'a\\b', ''])
    await expect(reading(outside(location), { 'network.onnx.data': data })).rejects.toMatchObject(notRead)
  await expect(reading(outside('gone'))).rejects.toMatchObject(notRead)
  const longer = { title: 'The network file is damaged or invalid: a constant lies outside its file.' }
  for (const more of [{ offset: '1' }, { offset: '-4' }, { offset: 'x' }, { length: '9999' }])
    await expect(reading(outside('network.onnx.data', more), { 'network.onnx.data': data })).rejects.toMatchObject(longer)

  const folder = await temporaryFolder()
  mkdirSync(join(folder, 'inside'))
  writeFileSync(join(folder, 'secret'), data)
  symlinkSync(join(folder, 'secret'), join(folder, 'inside', 'network.onnx.data'))
  writeFileSync(join(folder, 'inside', 'network.onnx'), outside('network.onnx.data'))
  await expect(readNetworkFile(join(folder, 'inside', 'network.onnx'))).rejects.toMatchObject(notRead)
})
