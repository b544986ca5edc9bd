import { beforeAll, describe, expect, it } from 'vitest'
import { PipelineProblem } from '../../../../dsl/check/problem.ts'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import { EngineProblem } from '../../../../runtime/engine/problems.ts'
import type { Engine, Variable } from '../../../../stdlib/engine.ts'
import { type NetworkName, training } from './networks.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

const pair = [{ name: 'x', shape: [2], dtype: 'float32' }] as const

async function refusal(run: () => Promise<unknown>): Promise<EngineProblem> {
  try {
    await run()
  } catch (cause) {
    expect(cause).toBeInstanceOf(EngineProblem)
    return cause as EngineProblem
  }
  throw new Error('nothing was refused')
}

/** Runs `body` with a variable holding 1, 2 and an input 10, 20; what the variable holds afterwards. */
async function withVariable(
  body: (variable: Variable) => (x: import('../../../../stdlib/engine.ts').Tensor) => import('../../../../stdlib/engine.ts').Tensor[],
) {
  const { tf } = engine
  const variable = tf.variable(tf.tensor1d([1, 2]))
  const x = tf.tensor1d([10, 20])
  const step = engine.compile('arm/train', pair, body(variable))
  const before = engine.memory().tensors
  const problem = await refusal(() => step.run([x]))
  const values = [...(await engine.read(variable))]
  const left = engine.memory().tensors - before
  variable.dispose()
  x.dispose()
  return { problem, values, left }
}

describe('a step', () => {
  it('assigns its variables and gives its outputs', async () => {
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]))
    const x = tf.tensor1d([10, 20])
    const step = engine.compile('add', pair, (x) => {
      variable.assign(tf.add(variable, x!))
      return [tf.sum(variable), variable]
    })
    const [sum, copy] = await step.run([x])
    await step.run([x])
    expect([...(await engine.read(variable))]).toEqual([21, 42])
    // Outputs hold the values of their own call.
    expect([...(await engine.read(sum!)), ...(await engine.read(copy!))]).toEqual([33, 11, 22])
    variable.dispose()
  })

  it('that fails after an assignment leaves its variables and tensors as they were', async () => {
    const { tf } = engine
    const { problem, values, left } = await withVariable((variable) => (x) => {
      variable.assign(tf.add(variable, x))
      variable.assign(tf.add(variable, x))
      return [tf.matMul(variable as never, x as never)]
    })
    expect(values).toEqual([1, 2])
    expect(left).toBe(0)
    expect(problem.title).toContain('arm/train')
    expect(problem.facts).toContainEqual(['step', 'arm/train'])
    expect(problem.hint).not.toBe('')
  })

  it("passes the standard library's problems on as they are", async () => {
    const problem = new PipelineProblem({ title: 'temperature is 0', facts: [['temperature', '0']], hint: 'Give one above 0.' })
    const step = engine.compile('arm/distill', [], () => {
      throw problem
    })
    await expect(step.run([])).rejects.toBe(problem)
  })

  it('gives outputs of their own, whose disposal leaves its inputs', async () => {
    const x = engine.tf.tensor1d([1, 2])
    const [first, second] = await engine.compile('same', pair, (x) => [x!, x!]).run([x])
    first!.dispose()
    expect([...x.dataSync(), ...second!.dataSync()]).toEqual([1, 2, 1, 2])
  })

  it('that makes a variable is refused and leaves none behind', async () => {
    const { tf } = engine
    const { problem, values, left } = await withVariable((variable) => (x) => {
      variable.assign(x)
      return [tf.variable(x, true, 'slot-made-inside')]
    })
    expect(values).toEqual([1, 2])
    expect(left).toBe(0)
    expect(problem.title).toBe('step arm/train made the variable slot-made-inside')
  })

  it('that draws unseeded random numbers is refused, and Math.random works afterwards', async () => {
    const { problem } = await withVariable(() => () => [engine.tf.randomNormal([2])])
    expect(problem.title).toMatch(/unseeded/)
    expect(problem.facts).toContainEqual(['step', 'arm/train'])
    expect(Math.random()).toBeLessThan(1)
  })

  it('checks count, shape, type and life of its inputs by name', async () => {
    const { tf } = engine
    const step = engine.compile('s', pair, (x) => [x!.clone()])
    const titles: string[] = []
    const disposed = tf.zeros([2])
    disposed.dispose()
    for (const inputs of [[], [tf.zeros([3])], [tf.zeros([2], 'int32')], [disposed]]) {
      titles.push((await refusal(() => step.run(inputs))).title)
    }
    expect(titles).toEqual([
      'step s takes 1 inputs, not 0',
      'input x of step s is float32 [3], expected float32 [2]',
      'input x of step s is int32 [2], expected float32 [2]',
      'input x of step s is a disposed tensor, expected float32 [2]',
    ])
  })

  it('has one call in flight, of the whole engine, and takes the next when that is done', async () => {
    const step = engine.compile('s', pair, (x) => [x!.clone()])
    const x = engine.tf.tensor1d([1, 2])
    const first = step.run([x])
    const other = engine.compile('other', pair, (x) => [x!.clone()])
    expect((await refusal(() => step.run([x]))).title).toBe('step s was called while step s is running')
    expect((await refusal(() => other.run([x]))).title).toBe('step other was called while step s is running')
    expect([...(await engine.read((await first)[0]!))]).toEqual([1, 2])
    expect(await step.run([x])).toHaveLength(1)
    step.dispose()
    expect((await refusal(() => step.run([x]))).title).toBe('step s has been disposed')
  })

  it('lets timers run between two calls', async () => {
    const step = engine.compile('s', pair, (x) => [x!.clone()])
    const x = engine.tf.tensor1d([1, 2])
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const end = performance.now() + 20_000
    while (ticks <= 20 && performance.now() < end) for (const out of await step.run([x])) out.dispose()
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(20)
  })
})

describe('300 training steps', () => {
  it.each<NetworkName>(['conv-bn', 'depthwise', 'dropout'])('leak nothing and lower the loss: %s', async (name) => {
    const { step, inputs } = training(engine, name)
    const heap = () => (engine.tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.byteLength
    const losses: number[] = []
    let tensors = 0
    let bytes = 0
    for (let i = 0; i < 300; i++) {
      const [loss] = await step.run(inputs)
      losses.push((await engine.read(loss!))[0]!)
      loss!.dispose()
      if (i === 20) [tensors, bytes] = [engine.memory().tensors, heap()]
    }
    expect(engine.memory().tensors).toBe(tensors)
    expect(heap()).toBe(bytes)
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2)
  })
})

describe('assign', () => {
  it('copies its values and refuses another count', () => {
    const { tf } = engine
    const variable = tf.variable(tf.zeros([2, 2]), true, 'kernel')
    const values = Float32Array.of(1, 2, 3, 4)
    engine.assign(variable, values)
    values.fill(9)
    expect([...variable.dataSync()]).toEqual([1, 2, 3, 4])
    expect(() => engine.assign(variable, new Float32Array(3))).toThrow('kernel has 4 values, not 3')
    variable.dispose()
  })
})
