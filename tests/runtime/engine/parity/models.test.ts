import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { python, torchVersion } from '../../../../bench/peers.ts'
import { openNative } from '../native.ts'
import { distance } from './computed.ts'
import { type ModelValues, modelCases, type Prepared, prepare, sizes } from './model-step.ts'

type Named = readonly (readonly [name: string, length: number])[]

const folder = mkdtempSync(join(tmpdir(), 'espalier-parity-'))
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const torch = torchVersion()
if (torch === undefined) console.log(`skipped: comparison with PyTorch. ${python} cannot import torch; PYTHON names a Python that can.`)

const prepared = new Map<string, Prepared>()
const native = new Map<string, ModelValues>()
let portable: { readonly [name: string]: Named }

beforeAll(async () => {
  const other = promisify(execFile)(process.execPath, [here('portable-models-process.ts'), folder])
  const [{ stdout }] = await Promise.all([other, onNative()])
  portable = JSON.parse(stdout)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function onNative() {
  const engine = await openNative({ threads: 2 })
  for (const test of modelCases) {
    const it = prepare(engine, test)
    prepared.set(test.name, it)
    native.set(test.name, await it.step())
  }
}

function fromFile(path: string, names: Named): ModelValues {
  const bytes = readFileSync(path)
  const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  let at = 0
  return new Map(
    names.map(([name, length]) => {
      at += length
      return [name, numbers.subarray(at - length, at)]
    }),
  )
}

/**
 * Of each array, relative to its largest value. Some are zero but for rounding, as the gradient of a bias that batch norm takes out
 * again, and the mean of what has none: those have to be that on both sides.
 */
function compare(expected: ModelValues, got: ModelValues, tolerance: number) {
  expect([...got.keys()].sort()).toEqual([...expected.keys()].sort())
  const steepest = Math.max(...[...expected].map(([name, values]) => (name.startsWith('gradient:') ? largest(values) : 0)))
  for (const [name, values] of expected) {
    const nothing = name.startsWith('gradient:') ? 1e-5 * steepest : 1e-5
    if (largest(values) < nothing) expect(largest(got.get(name)!), name).toBeLessThan(nothing)
    else expect(distance(values, got.get(name)!), name).toBeLessThan(tolerance)
  }
}

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!))
  return most
}

describe('a step of a whole network', () => {
  it.each(modelCases)('$name on the portable engine gives the loss, gradients and statistics of the native one', ({ name }) => {
    compare(native.get(name)!, fromFile(join(folder, `${name}.f64`), portable[name]!), 1e-4)
  })

  it.each(modelCases)('$name compiled gives the bits of its operations one by one', async ({ name }) => {
    const expected = await prepared.get(name)!.oneByOne()
    const got = native.get(name)!
    expect([...got.keys()]).toEqual([...expected.keys()])
    // Not toEqual, which takes seconds for millions of numbers.
    for (const [key, values] of expected) expect(Buffer.compare(bytes(values), bytes(got.get(key)!)), key).toBe(0)
  })

  it.skipIf(torch === undefined).each(modelCases)(
    '$name gives those of PyTorch in double precision',
    async ({ name }) => {
      const { described, inputs } = prepared.get(name)!
      const paths = ['json', 'f32', 'torch.f64'].map((kind) => join(folder, `${name}.${kind}`))
      expect(inputs.map(({ length }) => length)).toEqual(sizes(described))
      writeFileSync(paths[0]!, JSON.stringify(described))
      writeFileSync(paths[1]!, Buffer.concat(inputs.map(bytes)))
      const { stdout } = await promisify(execFile)(python, [here('torch_step.py'), ...paths])
      compare(fromFile(paths[2]!, JSON.parse(stdout)), native.get(name)!, 1e-4)
    },
    300_000,
  )
})
