import { beforeAll, describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import type { WasmBackend } from '../../../../runtime/engine/portable/memory.ts'
import { EngineProblem } from '../../../../runtime/engine/problems.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { expectGradients } from './gradient-check.ts'
import { matmul } from './reference.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

/** Room that is taken and never touched, so that the machine's memory is not. */
function reserve(bytes: number): { free(): void } {
  const backend = engine.tf.backend() as unknown as WasmBackend
  const { dataId } = backend.makeOutput([bytes], 'bool')
  return { free: () => backend.disposeData(dataId) }
}

function refusalOf(body: () => unknown): EngineProblem {
  const before = engine.memory().tensors
  try {
    engine.tf.tidy(() => void body())
  } catch (cause) {
    expect(cause).toBeInstanceOf(EngineProblem)
    expect(engine.memory().tensors).toBe(before)
    return cause as EngineProblem
  }
  throw new Error('nothing was refused')
}

describe('a tensor without room', () => {
  it('of 5 GB, more than an address can say, is refused with its shape and bytes', () => {
    const { tf } = engine
    const { kind, facts, message } = refusalOf(() => tf.fill([50_000, 25_000], 1))
    expect(kind).toBe('out-of-memory')
    expect(facts).toContainEqual(['tensor', 'float32 [50000, 25000]'])
    expect(facts).toContainEqual(['bytes', '5000000000'])
    expect(message).toContain('smaller batch')
  })

  it('is refused when the heap is full, and the rest goes on', () => {
    const { tf } = engine
    const held = [1.4e9, 1.4e9, 1.2e9].map(reserve)
    const { kind, facts } = refusalOf(() => tf.fill([10_000, 10_000], 1))
    expect(kind).toBe('out-of-memory')
    expect(facts).toContainEqual(['tensor', 'float32 [10000, 10000]'])
    // Small tensors still fit, above 2 GB, where addresses are negative as signed numbers.
    expectGradients(engine, {
      shapes: [
        [4, 5],
        [5, 3],
      ],
      op: (a, b) => tf.matMul(a, b),
      plain: (a, b) => matmul(4, 5, 3, a, b),
    })
    for (const each of held) each.free()
    expect(tf.tidy(() => tf.fill([100, 100], 1).sum().dataSync()[0])).toBe(10_000)
  })

  it('that an operation needs to work in is missed too, by name of the step', async () => {
    const { tf } = engine
    const [a, b, out] = [tf.ones([4, 2000]), tf.ones([2000, 2000]), reserve(1_000_000)]
    const held: { free(): void }[] = []
    for (let bytes = 1e9; bytes > 1e5; ) {
      try {
        held.push(reserve(bytes))
      } catch {
        bytes /= 2
      }
    }
    out.free()
    // Its result has room, the copy of the weights that it makes has not.
    const step = engine.compile('arm/train', [], () => [tf.matMul(a, b)])
    await expect(step.run([])).rejects.toMatchObject({ kind: 'out-of-memory', facts: expect.arrayContaining([['step', 'arm/train']]) })
    for (const each of held) each.free()
    const [product] = await step.run([])
    expect((await engine.read(product!))[0]).toBe(2000)
  })

  it('inside a step names the step and leaves the variables', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.ones([2]))
    const step = engine.compile('arm/train', [], () => {
      variable.assign(tf.zeros([2]))
      return [tf.fill([50_000, 25_000], 1)]
    })
    await expect(step.run([])).rejects.toMatchObject({ kind: 'out-of-memory', facts: expect.arrayContaining([['step', 'arm/train']]) })
    expect([...(await engine.read(variable))]).toEqual([1, 1])
    variable.dispose()
  })
})

describe('the process', () => {
  it('has no listeners of Emscripten left, which rethrow every uncaught error', () => {
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      expect(process.rawListeners(event).map(String).join('\n')).not.toMatch(/ExitStatus|throw reason/)
    }
  })

  it('opens one engine however often it is asked', async () => {
    const again = await openPortable()
    expect(again.tf).toBe(engine.tf)
    expect(again.numerics).toMatchObject({ engine: 'portable', version: '4.22.0', device: 'cpu', threads: 1, oneDNN: false, xla: false })
  })
})
