import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { EngineProblem } from '../../../runtime/engine/problems.ts'
import type { Engine, Tensor, Variable } from '../../../stdlib/engine.ts'
import { openNative } from './native.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openNative({ threads: 1 })
})

const pair = [{ name: 'x', shape: [2], dtype: 'float32' }] as const
const picks = [{ name: 'picks', shape: [2], dtype: 'int32' }] as const

async function refusal(run: () => unknown): Promise<EngineProblem> {
  try {
    await run()
  } catch (cause) {
    expect(cause).toBeInstanceOf(EngineProblem)
    return cause as EngineProblem
  }
  throw new Error('nothing was refused')
}

const list = async (tensor: Tensor) => [...(await engine.read(tensor))]

/** A step that takes rows out of a table after it has assigned a variable; a row that is not there fails it at run time. */
function picking(variable: Variable) {
  const { tf } = engine
  return engine.compile('teacher/train#2', picks, (rows) => {
    variable.assign(tf.add(variable, 1))
    return [tf.gather(variable, rows as never)]
  })
}

describe('a step', () => {
  it('reads variables afresh and assigns them at each call', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]), false)
    const x = tf.tensor1d([10, 20])
    const step = engine.compile('add', pair, (x) => {
      variable.assign(tf.add(variable, x!))
      return [tf.sum(variable), variable]
    })
    expect(await list(variable)).toEqual([1, 2])
    const [sum, copy] = await step.run([x])
    engine.assign(variable, Float32Array.of(100, 200))
    await step.run([x])
    expect(await list(variable)).toEqual([110, 220])
    // Outputs hold the values of their own call.
    expect([...(await list(sum!)), ...(await list(copy!))]).toEqual([33, 11, 22])
    tf.dispose([variable, x, sum!, copy!])
    step.dispose()
  })

  it('leaves a clone of a variable with the value it had', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]), false)
    const kept = variable.clone()
    const step = engine.compile('double', [], () => {
      variable.assign(tf.mul(variable, 2))
      return []
    })
    await step.run([])
    await step.run([])
    expect(await list(variable)).toEqual([4, 8])
    expect(await list(kept)).toEqual([1, 2])
    tf.dispose([variable, kept])
    step.dispose()
  })

  it('that fails at run time changes no variable, says where, and can be called again', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]), false)
    const step = picking(variable)
    const before = engine.memory().tensors
    const problem = await refusal(async () => step.run([tf.tensor1d([0, 7], 'int32')]))
    expect(await list(variable)).toEqual([1, 2])
    expect(problem.kind).toBe('failed')
    expect(problem.title).toContain('teacher/train#2')
    expect(problem.facts).toContainEqual(['step', 'teacher/train#2'])
    expect(problem.facts.map(([, value]) => value).join()).toMatch(/7 is not in \[0, 2\)/)
    expect(engine.memory().tensors).toBe(before + 1) // the rows of the call
    const [picked] = await step.run([tf.tensor1d([1, 1], 'int32')])
    expect(await list(picked!)).toEqual([3, 3])
    variable.dispose()
    step.dispose()
  })

  it('that fails at run time in a layer names the layer', async () => {
    const { tf } = engine
    const table = tf.layers.embedding({ inputDim: 4, outputDim: 3, name: 'words' })
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [2], dtype: 'int32' }), table] })
    const step = engine.compile('lookup', [{ name: 'words', shape: [1, 2], dtype: 'int32' }], (x) => [model.apply(x!) as Tensor])
    const problem = await refusal(() => step.run([tf.tensor2d([[0, 9]], [1, 2], 'int32')]))
    expect(problem.title).toContain('words')
    expect(problem.facts).toContainEqual(['step', 'lookup'])
    expect(problem.facts).toContainEqual(['layer', 'words'])
  })

  it('whose shapes do not fit is refused when it is compiled, with the layer', async () => {
    const { tf } = engine
    const conv = tf.layers.conv2d({ filters: 2, kernelSize: 3, name: 'stem' })
    conv.build([1, 8, 8, 3])
    const x = [{ name: 'images', shape: [1, 8, 8, 4], dtype: 'float32' }] as const
    const before = engine.memory().tensors
    const problem = await refusal(() => engine.compile('student/train', x, (images) => [conv.apply(images!) as Tensor]))
    expect(problem.title).toContain('student/train')
    expect(problem.facts).toContainEqual(['step', 'student/train'])
    expect(problem.facts).toContainEqual(['layer', 'stem'])
    expect(engine.memory().tensors).toBe(before)
  })

  it('gives not-a-number to the caller as it is: whether a loss may be that is not the engine to say', async () => {
    const { tf } = engine
    const step = engine.compile('log', pair, (x) => [tf.log(x!)])
    const [out] = await step.run([tf.tensor1d([-1, 1])])
    expect(await list(out!)).toEqual([Number.NaN, 0])
  })

  it("passes an error of the body's own on, and variables keep their values", async () => {
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]), false)
    const before = engine.memory().tensors
    const problem = await refusal(() =>
      engine.compile('own', pair, (x): Tensor[] => {
        variable.assign(x as never)
        throw new Error('no such option')
      }),
    )
    expect(problem.message).toContain('no such option')
    expect(await list(variable)).toEqual([1, 2])
    expect(engine.memory().tensors).toBe(before)
    variable.dispose()
  })

  it('checks count, shape, type and life of its inputs by name', async () => {
    const { tf } = engine
    const step = engine.compile('s', pair, (x) => [tf.neg(x!)])
    const disposed = tf.zeros([2])
    disposed.dispose()
    expect((await refusal(() => step.run([]))).title).toMatch(/s takes 1 inputs, not 0/)
    for (const [input, given] of [
      [tf.zeros([3]), 'float32 [3]'],
      [tf.zeros([2], 'int32'), 'int32 [2]'],
      [disposed, 'a disposed tensor'],
    ] as const) {
      const problem = await refusal(() => step.run([input]))
      expect(problem.title).toMatch(/[Ii]nput x of step s/)
      const facts = problem.facts.map(([, value]) => value)
      expect(facts).toContain('float32 [2]')
      expect(facts).toContain(given)
    }
  })

  it('has one call in flight, for all steps together, and takes the next when that is done', async () => {
    const { tf } = engine
    const x = tf.tensor1d([1, 2])
    const [first, second] = ['first', 'second'].map((name) => engine.compile(name, pair, (x) => [tf.neg(x!)]))
    const call = first!.run([x])
    expect((await refusal(() => first!.run([x]))).title).toMatch(/first.*running/)
    expect((await refusal(() => second!.run([x]))).title).toMatch(/second.*first.*running/)
    expect(await list((await call)[0]!)).toEqual([-1, -2])
    expect(await list((await second!.run([x]))[0]!)).toEqual([-1, -2])
    first!.dispose()
    expect((await refusal(() => first!.run([x]))).title).toMatch(/disposed/)
  })

  it('that was disposed is refused, and may be disposed again', async () => {
    const step = engine.compile('gone', pair, (x) => [x!])
    step.dispose()
    step.dispose()
    expect((await refusal(() => step.run([engine.tf.ones([2])]))).title).toBe('Step gone has been disposed.')
  })

  it('computes with the inputs and variables it was called with, whatever happens to them meanwhile', async () => {
    const { tf } = engine
    const n = 400
    const variable = tf.variable(tf.ones([n, n]), false)
    const x = tf.ones([n, n])
    const step = engine.compile('busy', [{ name: 'x', shape: [n, n], dtype: 'float32' }], (x) => {
      let y = x!
      for (let i = 0; i < 40; i++) y = tf.mul(tf.matMul(y as never, variable as never), 1 / n)
      return [tf.mean(y)]
    })
    const call = step.run([x])
    x.dispose()
    engine.assign(variable, new Float32Array(n * n))
    // Memory that was freed under the step would be taken by these.
    const others = Array.from({ length: 20 }, () => tf.fill([n, n], Number.NaN))
    const [mean] = await call
    expect((await list(mean!))[0]).toBeCloseTo(1, 4)
    expect((await list(variable)).every((value) => value === 0)).toBe(true)
    tf.dispose([variable, mean!, ...others])
  })

  it('lets timers tick while it runs', async () => {
    const { tf } = engine
    const n = 600
    const x = tf.ones([n, n])
    const step = engine.compile('long', [{ name: 'x', shape: [n, n], dtype: 'float32' }], (x) => {
      let y = x!
      for (let i = 0; i < 120; i++) y = tf.mul(tf.matMul(y as never, x as never), 1 / n)
      return [tf.mean(y)]
    })
    await step.run([x])
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const start = performance.now()
    await step.run([x])
    const took = performance.now() - start
    clearInterval(timer)
    expect(took).toBeGreaterThan(100)
    expect(ticks).toBeGreaterThan(took / 5 / 4)
  })

  it('refuses variables made in it, unseeded random numbers, large constants, and shapes and values that are not known yet', async () => {
    const { tf } = engine
    const bodies: readonly (readonly [RegExp, (x: Tensor) => Tensor[]])[] = [
      [/made the variable inside/, (x) => [tf.variable(x, false, 'inside')]],
      [/unseeded random numbers/, () => [tf.randomNormal([2])]],
      [/constant of 5000 values/, () => [tf.tensor1d(Float32Array.from({ length: 5000 }, (_, i) => i))]],
      [/shape depends on values|value of a tensor/, (x) => [tf.unique(x).values]],
      [/value of a tensor/, (x) => [tf.scalar(x.dataSync()[0]!)]],
    ]
    const before = engine.memory().tensors
    for (const [title, body] of bodies) {
      const problem = await refusal(() => engine.compile('arm/train', pair, (x) => body(x!)))
      expect(problem.title).toMatch(title)
      expect(problem.facts).toContainEqual(['step', 'arm/train'])
      expect(problem.hint).not.toBe('')
    }
    expect(engine.memory().tensors).toBe(before)
    expect(Math.random()).toBeLessThan(1)
    // A uniform constant is as good as none.
    const [zeros] = await engine.compile('zeros', [], () => [tf.zeros([100, 100])]).run([])
    expect((await list(zeros!)).every((value) => value === 0)).toBe(true)
  })

  it('refused or failed a hundred times leaves nothing behind', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]), false)
    const step = picking(variable)
    const rows = tf.tensor1d([0, 7], 'int32')
    const before = engine.memory().tensors
    for (let i = 0; i < 100; i++) {
      await refusal(() => step.run([rows]))
      await refusal(() => engine.compile('bad', pair, (x) => [tf.matMul(x as never, variable as never)]))
      await setImmediate()
    }
    expect(engine.memory().tensors).toBe(before)
    expect(await list(variable)).toEqual([1, 2])
  })
})

describe('random numbers', () => {
  it('come from the seed and the order of the calls, traced as eager', async () => {
    const { tf } = engine
    const draw = (seed: Tensor) => engine.withRandom(seed, () => [engine.random('uniform', [1000]), engine.random('normal', [1000])])
    const seed = tf.scalar(11, 'int32')
    const eager = await Promise.all(draw(seed).map(list))
    const traced = await engine.compile('draw', [{ name: 'seed', shape: [], dtype: 'int32' }], (seed) => draw(seed!)).run([seed])
    expect(await Promise.all(traced.map(list))).toEqual(eager)
    const other = await Promise.all(draw(tf.scalar(12, 'int32')).map(list))
    expect(other[0]).not.toEqual(eager[0])
    const [uniform, normal] = eager as [number[], number[]]
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(Math.abs(uniform.reduce((sum, value) => sum + value, 0) / 1000 - 0.5)).toBeLessThan(0.05)
    expect(Math.abs(normal.reduce((sum, value) => sum + value * value, 0) / 1000 - 1)).toBeLessThan(0.15)
  })

  it('are refused outside withRandom', async () => {
    expect((await refusal(() => engine.random('normal', [2]))).title).toMatch(/outside withRandom/)
  })
})

describe('assign and read', () => {
  it('copy, and refuse another count', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.zeros([2, 2]), true, 'fc1/kernel')
    const values = Float32Array.of(1, 2, 3, 4)
    engine.assign(variable, values)
    values.fill(9)
    const read = await engine.read(variable)
    expect([...read]).toEqual([1, 2, 3, 4])
    read.fill(9)
    expect(await list(variable)).toEqual([1, 2, 3, 4])
    expect((await refusal(() => engine.assign(variable, new Float32Array(3)))).title).toMatch(/fc1\/kernel has 4 values, not 3/)
    variable.dispose()
  })
})
