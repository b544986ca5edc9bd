import { beforeAll, describe, expect, it } from 'vitest'
import { parseGpus } from '../../../runtime/engine/gpu.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { engineProblems } from '../../../runtime/engine/problems.ts'
import { whyNotTrained } from '../../../runtime/engine/trainable.ts'
import type { Engine, StepOptions, Tensor } from '../../../stdlib/engine.ts'
import { a100, t4 } from './fake-gpus.ts'
import { compiled, type NetworkName, run, training, values } from './networks.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 2 })
})

const networks = ['lenet', 'conv-bn', 'dropout'] as const satisfies NetworkName[]
/** Half a unit in bfloat16's last place of 8 bits. */
const rounding = 2 ** -9

/** A step of one operation on two tensors of these shapes. */
async function product(shapes: readonly (readonly number[])[], op: (a: Tensor, b: Tensor) => Tensor, options?: StepOptions) {
  const { tf } = engine
  const inputs = shapes.map((shape, i) => tf.randomNormal([...shape], 0, 1, 'float32', i + 1))
  const specs = shapes.map((shape, i) => ({ name: `input ${i}`, shape, dtype: 'float32' as const }))
  const step = engine.compile('product', specs, (a, b) => [op(a!, b!)], options)
  const [result] = await step.run(inputs)
  step.dispose()
  return { inputs, result: result!, values: [...(await engine.read(result!))] }
}

describe('a product in mixed precision', () => {
  it('is that of the factors rounded to bfloat16, as float32', async () => {
    // 1 + 2⁻⁸ is between 1 and 1 + 2⁻⁷, the next of bfloat16, and goes to the even one; 3 is exact.
    const { tf } = engine
    const step = engine.compile(
      'round',
      [{ name: 'x', shape: [1, 1], dtype: 'float32' }],
      (x) => [tf.matMul(x as never, tf.tensor2d([[3]]))],
      {
        precision: 'mixed',
      },
    )
    const of = async (x: number) => (await engine.read((await step.run([tf.tensor2d([[x]])]))[0]!))[0]
    expect([await of(1 + 2 ** -8), await of(1 + 2 ** -7), await of(1 + 3 * 2 ** -8)]).toEqual([3, 3.03125, 3.046875])
  })

  it.each([
    [
      'matMul',
      [
        [16, 32],
        [32, 8],
      ],
      32,
      (a: Tensor, b: Tensor) => engine.tf.matMul(a as never, b as never),
    ],
    [
      'conv2d',
      [
        [2, 6, 6, 4],
        [3, 3, 4, 5],
      ],
      36,
      (a: Tensor, b: Tensor) => engine.tf.conv2d(a as never, b as never, 1, 'same'),
    ],
    [
      'depthwiseConv2d',
      [
        [2, 6, 6, 4],
        [3, 3, 4, 1],
      ],
      9,
      (a: Tensor, b: Tensor) => engine.tf.depthwiseConv2d(a as never, b as never, 1, 'same'),
    ],
    [
      'the gradient of conv2d',
      [
        [2, 6, 6, 4],
        [3, 3, 4, 5],
      ],
      72,
      (a: Tensor, b: Tensor) => engine.tf.grad((f) => engine.tf.sum(engine.tf.conv2d(a as never, f as never, 1, 'same') as Tensor))(b),
    ],
  ] as const)('of %s differs from float32 by rounding, and is not the same', async (_, shapes, terms, op) => {
    const exact = await product(shapes, op)
    const rounded = await product(shapes, op, { precision: 'mixed' })
    expect(rounded.result.dtype).toBe('float32')
    // Three roundings of values that are normal: of each factor, and of the sum of so many terms.
    const size = Math.sqrt(terms)
    const largest = Math.max(...exact.values.map((value, i) => Math.abs(value - rounded.values[i]!)))
    const scale = Math.max(size, ...exact.values.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    expect(largest).toBeLessThan(3 * rounding * scale * 2)
  })

  it('leaves what is no product alone: sums are exact', async () => {
    const sum = (a: Tensor, b: Tensor) => engine.tf.add(a, engine.tf.mul(b, 1e-4))
    const shapes = [[64], [64]] as const
    expect((await product(shapes, sum, { precision: 'mixed' })).values).toEqual((await product(shapes, sum)).values)
  })
})

describe('a training in mixed precision', () => {
  it.each(networks)('follows the one in float32 within 5 %% of its first loss, and is not the same: %s', async (name) => {
    const [exact, rounded] = [training(engine, name), training(engine, name)]
    const losses = await run(engine, compiled(engine, name, exact), exact, 0, 40)
    const mixed = await run(engine, compiled(engine, name, rounded, { precision: 'mixed' }), rounded, 0, 40)
    for (const [i, loss] of mixed.entries()) expect(Math.abs(loss - losses[i]!)).toBeLessThan(0.05 * losses[0]!)
    expect(mixed).not.toEqual(losses)
    expect(mixed.at(-1)!).toBeLessThan(mixed[0]! / 2)
  })

  it('keeps its weights in float32: they have more digits than bfloat16 has', async () => {
    const net = training(engine, 'lenet')
    await run(engine, compiled(engine, 'lenet', net, { precision: 'mixed' }), net, 0, 3)
    const [kernel] = await values(net, engine)
    const words = new Uint32Array(kernel!.buffer, kernel!.byteOffset, kernel!.length)
    expect(words.some((word) => (word & 0xffff) !== 0)).toBe(true)
  })

  it.each([{}, { xla: true }])('20 steps are 10 steps, a checkpoint into a new network, and 10 more, bit for bit: %j', async (options) => {
    const step = (net: ReturnType<typeof training>) => compiled(engine, 'conv-bn', net, { precision: 'mixed', ...options })
    const whole = training(engine, 'conv-bn')
    await run(engine, step(whole), whole, 0, 20)
    const first = training(engine, 'conv-bn')
    await run(engine, step(first), first, 0, 10)
    const second = training(engine, 'conv-bn')
    for (const [i, checkpoint] of (await values(first, engine)).entries()) engine.assign(second.variables[i]!, checkpoint)
    await run(engine, step(second), second, 10, 20)
    expect(await values(second, engine)).toEqual(await values(whole, engine))
  })
})

describe('mixed precision is offered', () => {
  const native = { settings: { engine: 'tensorflow', xla: false }, gpus: [] } as const
  const on = (line: string) => ({ settings: { engine: 'tensorflow', xla: true, gpu: 'GPU' }, gpus: parseGpus(line)! }) as const
  const flags = (...names: string[]) => new Set(names)

  it.each([
    ['a processor with AVX512_BF16', native, flags('avx2', 'avx512_bf16'), undefined],
    ['a processor with AMX', native, flags('amx_bf16'), undefined],
    ['a processor without', native, flags('avx2', 'avx512f'), 'this processor'],
    ['an A100', on(a100(0)), flags(), undefined],
    ['a T4', on(t4(0)), flags('avx512_bf16'), 'the GPU Tesla T4'],
    [
      'the portable engine',
      { settings: { engine: 'portable', xla: false }, gpus: [] } as const,
      flags('avx512_bf16'),
      'the portable engine',
    ],
  ])('where it gains, by rule: %s', (_, choice, flags, refused) => {
    const problem = whyNotTrained({ precision: 'mixed' }, choice, flags)
    expect(problem?.title).toBe(refused === undefined ? undefined : engineProblems.noMixed(refused).title)
    expect(whyNotTrained({}, choice, flags)).toBeUndefined()
  })

  it('never by the portable engine itself, nor XLA', async () => {
    const portable = await openEngine({ engine: 'portable', threads: 1 })
    expect(() => portable.compile('step', [], () => [], { precision: 'mixed' })).toThrow(
      'Mixed precision gains nothing on the portable engine.',
    )
    expect(() => portable.compile('step', [], () => [], { xla: true })).toThrow('The portable engine has no XLA.')
    expect(whyNotTrained({ xla: true }, { settings: { engine: 'portable', xla: false }, gpus: [] })?.title).toBe(
      'The portable engine has no XLA.',
    )
  })
})
