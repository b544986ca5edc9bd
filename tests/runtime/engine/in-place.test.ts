import { beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, Step, Tensor, Variable } from '../../../stdlib/engine.ts'
import { adamOptimizer } from '../../../stdlib/optim/adam.ts'
import type { Optimizer } from '../../../stdlib/optim/optimizer.ts'
import { sgdOptimizer } from '../../../stdlib/optim/sgd.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const ofAdam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
const optimizers = {
  momentum: sgdOptimizer({ momentum: 0.9, nesterov: false, weightDecay: 0.01 }),
  Adam: adamOptimizer({ ...ofAdam, weightDecay: 0 }),
  AdamW: adamOptimizer({ ...ofAdam, weightDecay: 0.01 }),
}
const shape = [64, 32]
const rows = { name: 'rows', shape: [4], dtype: 'int32' } as const

interface Setting {
  readonly weight: Variable
  readonly slots: readonly Variable[]
  readonly step: Step
}

interface Masked {
  readonly mask: Tensor
  /** Whether the engine multiplies the weight in its own memory, where it can. */
  readonly fused: boolean
}

/** A step that updates a weight by the rows picked of a table; with a mask after it if asked. It may run several `times` in a call. */
function setting(inPlace: boolean, optimizer: Optimizer, masked?: Masked, times?: number): Setting {
  const { tf } = engine
  const weight = tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 1, 'float32', 1), false))
  const slots = optimizer.slots.map(() => tf.tidy(() => tf.variable(tf.zeros(shape), false)))
  const table = tf.randomNormal([8, 64], 0, 1, 'float32', 2)
  const step = engine.compile(
    'picks',
    [rows],
    (picked) => {
      const x = tf.gather(table, picked as never) as Tensor
      const gradient = tf.matMul(x as never, tf.matMul(x as never, weight as never), true) as Tensor
      const scalars = optimizer.scalarsAt(0.01, 3).map((number) => tf.scalar(number))
      const updated = optimizer.update(weight, gradient, slots, scalars, 0, engine)
      weight.assign(masked === undefined ? updated.weight : product(updated.weight, masked, inPlace))
      for (const [i, slot] of slots.entries()) slot.assign(updated.slots[i]!)
      return [tf.sum(gradient)]
    },
    { inPlace: inPlace ? [weight, ...slots] : [], ...(times === undefined ? {} : { times }) },
  )
  return { weight, slots, step }
}

function product(weight: Tensor, { mask, fused }: Masked, inPlace: boolean): Tensor {
  if (!fused) return weight.mul(mask)
  const there = engine.fused!.masked(weight, mask)
  expect(there !== undefined).toBe(inPlace)
  return there ?? weight.mul(mask)
}

/** About half zeros. */
const someMask = () => engine.tf.tidy(() => engine.tf.greater(engine.tf.randomNormal(shape, 0, 1, 'float32', 3), 0).toFloat()) as Tensor

const run = async ({ step }: Setting, ...picked: number[]) => {
  const { tf } = engine
  const input = tf.tensor1d(picked, 'int32')
  try {
    tf.dispose(await step.run([input]))
  } finally {
    input.dispose()
  }
}
const values = ({ weight, slots }: Setting) => Promise.all([weight, ...slots].map((variable) => engine.read(variable)))

/** Both ways, the same calls: with the same bits? */
async function bothWays(optimizer: Optimizer, calls: (its: Setting) => Promise<void>, masked?: Masked): Promise<void> {
  const [there, composed] = [setting(true, optimizer, masked), setting(false, optimizer, masked)]
  expect(there.step.nodes).not.toBe(composed.step.nodes)
  for (const its of [there, composed]) await calls(its)
  expect(await values(there)).toEqual(await values(composed))
}

describe.each(Object.entries(optimizers))('weights changed in their own memory, by %s', (_, optimizer) => {
  it('come to the bits of the composed update', () =>
    bothWays(optimizer, async (its) => {
      for (let i = 0; i < 5; i++) await run(its, i, 1, 2, 3)
    }))

  it.each([true, false])('come to them with a mask after the update, in their own memory too: %s', (fused) =>
    bothWays(
      optimizer,
      async (its) => {
        for (let i = 0; i < 3; i++) await run(its, i, 1, 2, 3)
      },
      { mask: someMask(), fused },
    ),
  )

  it('leave the mask as it was', async () => {
    const mask = someMask()
    const before = await engine.read(mask)
    const its = setting(true, optimizer, { mask, fused: true })
    for (let i = 0; i < 3; i++) await run(its, i, 1, 2, 3)
    expect(await engine.read(mask)).toEqual(before)
    expect(new Set(before)).toEqual(new Set([0, 1]))
  })

  it.each([
    ['without a mask', undefined],
    ['with a mask in their own memory', true],
    ['with a mask composed', false],
  ])('come to them when a call runs the step four times, %s', async (_, fused) => {
    const { tf } = engine
    const masked = fused === undefined ? undefined : { mask: someMask(), fused }
    const [four, composed, one] = [
      setting(true, optimizer, masked, 4),
      setting(false, optimizer, masked, 4),
      setting(true, optimizer, masked),
    ] as const
    const sums: number[] = []
    for (let call = 0; call < 3; call++) {
      const picks = Array.from({ length: 4 }, (_, run) => [(call + run) % 8, run, 2, 7])
      for (const its of [four, composed]) {
        const input = tf.tensor2d(picks, [4, 4], 'int32')
        const [sum] = await its.step.run([input])
        expect(sum!.shape).toEqual([4])
        if (its === four) sums.push(...(await engine.read(sum!)))
        tf.dispose([input, sum!])
      }
      for (const picked of picks) await run(one, ...picked)
    }
    expect(new Set(sums).size).toBe(12)
    expect(await values(four)).toEqual(await values(one))
    expect(await values(composed)).toEqual(await values(one))
  })

  it('come to them when they are assigned between calls, and changed by another step', () =>
    bothWays(optimizer, async (its) => {
      const { tf } = engine
      const half = engine.compile('half', [], () => {
        its.weight.assign(tf.mul(its.weight, 0.5))
        return []
      })
      await run(its, 0, 1, 2, 3)
      engine.assign(its.weight, new Float32Array(64 * 32).fill(0.1))
      await run(its, 0, 1, 2, 3)
      await half.run([])
      await run(its, 4, 5, 6, 7)
      half.dispose()
    }))

  it('leave a clone with the values it had', async () => {
    const its = setting(true, optimizer)
    await run(its, 0, 1, 2, 3)
    const [clone, before] = [its.weight.clone(), await engine.read(its.weight)]
    await run(its, 0, 1, 2, 3)
    await run(its, 0, 1, 2, 3)
    expect(await engine.read(clone)).toEqual(before)
    expect(await engine.read(its.weight)).not.toEqual(before)
  })

  it('are as they were after a call that failed, and go on from there', () =>
    bothWays(optimizer, async (its) => {
      await run(its, 0, 1, 2, 3)
      const before = await values(its)
      await expect(run(its, 0, 1, 2, 99)).rejects.toThrow('99')
      expect(await values(its)).toEqual(before)
      await run(its, 4, 5, 6, 7)
    }))

  it('do not wait for what was made of them and disposed of', async () => {
    const { tf } = engine
    const weight = tf.tidy(() => tf.variable(tf.ones(shape), false))
    const slots = optimizer.slots.map(() => tf.tidy(() => tf.variable(tf.zeros(shape), false)))
    const step = engine.compile(
      'disposed',
      [rows],
      (picked) => {
        // Fails where a row is missing, if it is computed.
        tf.dispose(tf.tidy(() => tf.square(tf.gather(weight, picked as never))))
        const scalars = optimizer.scalarsAt(0.01, 3).map((number) => tf.scalar(number))
        const updated = optimizer.update(weight, tf.ones(shape), slots, scalars, 0, engine)
        weight.assign(updated.weight)
        for (const [i, slot] of slots.entries()) slot.assign(updated.slots[i]!)
        return []
      },
      { inPlace: [weight, ...slots] },
    )
    await run({ weight, slots, step }, 0, 1, 2, 99)
    expect((await engine.read(weight))[0]).toBeLessThan(1)
    step.dispose()
  })

  it('go on after the step is gone', async () => {
    const its = setting(true, optimizer)
    await run(its, 0, 1, 2, 3)
    const before = await values(its)
    its.step.dispose()
    expect(await values(its)).toEqual(before)
  })
})
