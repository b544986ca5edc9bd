import { beforeAll, describe, expect, it } from 'vitest'
import { EngineProblem } from '../../../runtime/engine/problems.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { openNative } from './native.ts'
import { compiled, type NetworkName, run, training, values } from './networks.ts'

let engine: Engine
let plain: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 2, xla: true })
  plain = await openNative({ threads: 2 })
})

const networks = ['lenet', 'conv-bn', 'dropout'] as const satisfies NetworkName[]

describe('a step compiled by XLA', () => {
  it.each(networks)('computes what the plain one does, but for rounding: %s', async (name) => {
    expect([engine.numerics.xla, plain.numerics.xla]).toEqual([true, false])
    const [fast, slow] = [training(engine, name), training(plain, name)]
    const losses = await run(engine, compiled(engine, name, fast), fast, 0, 5)
    const expected = await run(plain, compiled(plain, name, slow), slow, 0, 5)
    for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(expected[i]!, 3)
    // The bits are not the same: this was another program.
    expect(await values(fast, engine)).not.toEqual(await values(slow, plain))
  })

  it.each(networks)('20 steps are 10 steps, a checkpoint into a new network, and 10 more: %s', async (name) => {
    const whole = training(engine, name)
    await run(engine, compiled(engine, name, whole), whole, 0, 20)
    const first = training(engine, name)
    await run(engine, compiled(engine, name, first), first, 0, 10)
    const second = training(engine, name)
    for (const [i, checkpoint] of (await values(first, engine)).entries()) engine.assign(second.variables[i]!, checkpoint)
    await run(engine, compiled(engine, name, second), second, 10, 20)
    expect(await values(second, engine)).toEqual(await values(whole, engine))
  })

  it.each(['uniform', 'normal'] as const)('draws the %s numbers that the plain one draws', async (kind) => {
    const drawn = async (from: Engine) => {
      const step = from.compile('draw', [{ name: 'seed', shape: [], dtype: 'int32' }], (seed) =>
        from.withRandom(seed!, () => [from.random(kind, [7, 3]), from.random(kind, [5])]),
      )
      const both = await step.run([from.tf.scalar(11, 'int32')])
      return (await Promise.all(both.map((tensor) => from.read(tensor)))).map((values) => [...values])
    }
    const [fast, slow] = [(await drawn(engine)).flat(), (await drawn(plain)).flat()]
    if (kind === 'uniform') expect(fast).toEqual(slow)
    for (const [i, value] of fast.entries()) expect(value).toBeCloseTo(slow[i]!, 5)
  })

  it('of an operation that XLA does not have says which, where, and what to do, and changes nothing', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.scalar(1), false)
    const step = engine.compile('crop', [{ name: 'x', shape: [1, 4, 4, 1], dtype: 'float32' }], (x) => {
      variable.assign(tf.add(variable, 1))
      return [tf.image.cropAndResize(x as never, tf.tensor2d([0, 0, 1, 1], [1, 4]), tf.tensor1d([0], 'int32'), [2, 2])]
    })
    const problem = await step.run([tf.ones([1, 4, 4, 1])]).catch((cause: unknown) => cause)
    expect(problem).toBeInstanceOf(EngineProblem)
    expect(problem).toMatchObject({
      kind: 'bad-step',
      title: 'XLA cannot compile step crop.',
      facts: [
        ['step', 'crop'],
        ['operations without XLA', 'CropAndResize'],
      ],
      hint: expect.stringContaining('Run without --xla'),
    })
    expect([...(await engine.read(variable))]).toEqual([1])
  })
})
