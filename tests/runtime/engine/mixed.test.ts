import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseGpus } from '../../../runtime/engine/gpu.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { engineProblems } from '../../../runtime/engine/problems.ts'
import { processorFlags, withoutBfloat16 } from '../../../runtime/engine/processor.ts'
import { whyNotTrained } from '../../../runtime/engine/trainable.ts'
import type { Engine, StepOptions, Tensor } from '../../../stdlib/engine.ts'
import { a100, t4 } from './fake-gpus.ts'
import { openNative } from './native.ts'
import { compiled, type NetworkName, run, training, values } from './networks.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 2 })
})

const networks = ['lenet', 'conv-bn', 'dropout'] as const satisfies NetworkName[]

/** Where nothing is gained there is nothing to compute: then the refusal is what is tested. */
const offered = withoutBfloat16() === undefined

/** The nearest number with 8 bits of mantissa, the even one of two. */
function nearest(x: number): number {
  const words = new Uint32Array(Float32Array.of(x).buffer)
  words[0] = (words[0]! + 0x7fff + ((words[0]! >>> 16) & 1)) & 0xffff0000
  return new Float32Array(words.buffer)[0]!
}

const inputs = (shapes: readonly (readonly number[])[]) =>
  shapes.map((shape, i) => engine.tf.randomNormal([...shape], 0, 1, 'float32', i + 1) as Tensor)

/** The values of one operation on these tensors. */
async function computed(tensors: readonly Tensor[], op: (...tensors: Tensor[]) => Tensor, options?: StepOptions): Promise<number[]> {
  const specs = tensors.map(({ shape }, i) => ({ name: `input ${i}`, shape, dtype: 'float32' as const }))
  const step = engine.compile('operation', specs, (...tensors) => [op(...tensors)], options)
  const [result] = await step.run(tensors)
  step.dispose()
  expect(result!.dtype).toBe('float32')
  return [...(await engine.read(result!))]
}

const [images, filters, outputs] = [
  [2, 6, 6, 4],
  [3, 3, 4, 5],
  [2, 6, 6, 5],
] as const
const [depthwise, depthwiseFilters] = [images, [3, 3, 4, 1]] as const
type Op = (...tensors: Tensor[]) => Tensor
/** Gives an operation on tensors whose ranks its shapes say. */
const typed = (op: (...tensors: never[]) => unknown): Op => op as unknown as Op
const conv = (x: Tensor, f: Tensor) => engine.tf.conv2d(x as never, f as never, 1, 'same') as Tensor
const depthwiseConv = (x: Tensor, f: Tensor) => engine.tf.depthwiseConv2d(x as never, f as never, 1, 'same') as Tensor

const products: readonly (readonly [string, readonly (readonly number[])[], Op])[] = [
  [
    'matMul',
    [
      [16, 32],
      [32, 8],
    ],
    typed((a, b) => engine.tf.matMul(a, b)),
  ],
  [
    'matMul of transposed factors',
    [
      [32, 16],
      [8, 32],
    ],
    typed((a, b) => engine.tf.matMul(a, b, true, true)),
  ],
  [
    'matMul in batches',
    [
      [4, 16, 32],
      [4, 32, 8],
    ],
    typed((a, b) => engine.tf.matMul(a, b)),
  ],
  ['conv2d', [images, filters], (x, f) => conv(x!, f!)],
  ["conv2d's gradient by its images", [images, filters, outputs], (x, f, dy) => engine.tf.grad((x) => conv(x, f!))(x!, dy!)],
  ["conv2d's gradient by its filters", [images, filters, outputs], (x, f, dy) => engine.tf.grad((f) => conv(x!, f))(f!, dy!)],
  ['depthwiseConv2d', [depthwise, depthwiseFilters], (x, f) => depthwiseConv(x!, f!)],
  [
    "depthwiseConv2d's gradient by its images",
    [depthwise, depthwiseFilters, images],
    (x, f, dy) => engine.tf.grad((x) => depthwiseConv(x, f!))(x!, dy!),
  ],
  [
    "depthwiseConv2d's gradient by its filters",
    [depthwise, depthwiseFilters, images],
    (x, f, dy) => engine.tf.grad((f) => depthwiseConv(x!, f))(f!, dy!),
  ],
]

describe.runIf(offered)('a product in mixed precision', () => {
  it('is that of the factors rounded to bfloat16, rounded to bfloat16, as float32', async () => {
    // 1 + 2⁻⁸ is between 1 and 1 + 2⁻⁷, the next of bfloat16, and goes to the even one; 3 is exact. 3 · (1 + 2⁻⁷) lies between too.
    const { tf } = engine
    const product = (x: number) => computed([tf.tensor2d([[x]])], (x) => tf.matMul(x as never, tf.tensor2d([[3]])), { precision: 'mixed' })
    expect([await product(1 + 2 ** -8), await product(1 + 2 ** -7), await product(1 + 3 * 2 ** -8)]).toEqual([[3], [3.03125], [3.046875]])
  })

  it.each(products)('sums in float32: %s of rounded factors is that of float32, rounded once', async (_, shapes, op) => {
    const factors = await Promise.all(
      inputs(shapes).map(async (tensor) => engine.tf.tensor([...(await engine.read(tensor))].map(nearest), [...tensor.shape])),
    )
    const exact = await computed(factors, op)
    const mixed = await computed(factors, op, { precision: 'mixed' })
    expect(mixed).toEqual(mixed.map(nearest))
    // Half a unit in the last place of 8 bits, and float32's own rounding.
    const size = Math.max(...exact.map(Math.abs))
    for (const [i, value] of mixed.entries())
      expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(2 ** -8 * Math.abs(value) + 1e-6 * size)
    expect(mixed).not.toEqual(exact)
  })

  it('leaves what is no product alone: sums are exact', async () => {
    const sum: Op = (a, b) => engine.tf.add(a!, engine.tf.mul(b!, 1e-4))
    const terms = inputs([[64], [64]])
    expect(await computed(terms, sum, { precision: 'mixed' })).toEqual(await computed(terms, sum))
  })
})

describe.runIf(offered)('a training in mixed precision', () => {
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
    const problem = whyNotTrained({ precision: 'mixed' }, choice, flags, {})
    expect(problem?.title).toBe(refused === undefined ? undefined : engineProblems.noMixed(refused).title)
    expect(whyNotTrained({}, choice, flags, {})).toBeUndefined()
  })

  it.each([
    ['SSE41', true],
    ['avx2', true],
    ['AVX2_VNNI_2', true],
    ['AVX512_CORE', true],
    ['AVX512_CORE_VNNI', true],
    ['AVX512_CORE_BF16', false],
    ['AVX10_1_512_AMX', false],
    ['ALL', false],
    ['', false],
  ])('as far as the library is let: held to %j it is refused: %j', (limit, refused) => {
    for (const env of [{ ONEDNN_MAX_CPU_ISA: limit }, { DNNL_MAX_CPU_ISA: limit }])
      expect(whyNotTrained({ precision: 'mixed' }, native, flags('avx512_bf16'), env)?.title).toBe(
        refused ? `Mixed precision is not faster on this processor with oneDNN held to ${limit}.` : undefined,
      )
    // No limit of the processor's library concerns a GPU.
    expect(whyNotTrained({ precision: 'mixed' }, on(a100(0)), flags(), { ONEDNN_MAX_CPU_ISA: limit })).toBeUndefined()
  })

  // The library reads the limit when it is loaded; given such a step, it would end the process here and sum in bfloat16 elsewhere.
  it.each(['AVX2', 'AVX512_CORE_BF16'])('by the TensorFlow engine itself as well: in a process held to %s', async (limit) => {
    const script = fileURLToPath(new URL('precision-process.ts', import.meta.url))
    const env = { ...process.env, ONEDNN_MAX_CPU_ISA: limit }
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env })
    const refused = withoutBfloat16(processorFlags(), env)
    expect(stdout.trim()).toBe(refused === undefined ? '3.03125' : `Mixed precision is not faster on ${refused}.`)
    if (limit === 'AVX2') expect(refused).toBeDefined()
  })

  it('never by the portable engine itself, nor XLA', async () => {
    const portable = await openEngine({ engine: 'portable', threads: 1 })
    expect(() => portable.compile('step', [], () => [], { precision: 'mixed' })).toThrow(
      'Mixed precision is not faster on the portable engine.',
    )
    expect(() => portable.compile('step', [], () => [], { xla: true })).toThrow('The portable engine does not support XLA.')
    expect(whyNotTrained({ xla: true }, { settings: { engine: 'portable', xla: false }, gpus: [] })?.title).toBe(
      'The portable engine does not support XLA.',
    )
  })
})
