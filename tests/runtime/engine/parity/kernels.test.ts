import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine, Tensor, TensorSpec } from '../../../../stdlib/engine.ts'
import { openNative } from '../native.ts'
import { type Case, cotangents, differentiated, drawn, gradients, results, rounds, tensorOf } from './case.ts'
import { cases, undifferentiated, untested } from './cases.ts'
import { type Computed, compute, distance } from './computed.ts'
import { stride } from './draw.ts'
import type { Line } from './portable-process.ts'

let engine: Engine
/** Kernels that have run since this was last empty. */
const ran = new Set<string>()
const portable = new Map<string, Line>()

beforeAll(async () => {
  const script = fileURLToPath(new URL('portable-process.ts', import.meta.url))
  const other = promisify(execFile)(process.execPath, [script], { maxBuffer: 2 ** 28 })
  engine = await openNative({ threads: 1 })
  for (const kernel of engine.tf.getKernelsForBackend('tensorflow')) {
    const { kernelFunc } = kernel
    kernel.kernelFunc = (given) => {
      ran.add(kernel.kernelName)
      return kernelFunc(given)
    }
  }
  for (const text of (await other).stdout.trim().split('\n')) {
    const line = JSON.parse(text) as Line
    portable.set(`${line.name} ${line.round}`, line)
  }
})

const everyRound = Array.from({ length: rounds }, (_, round) => round)
const hasGradient = (test: Case): boolean => differentiated(test, drawn(test, 0)).length > 0

const eager = new Map<string, Computed>()
function oneByOne(test: Case, round: number): Computed {
  const key = `${test.name} ${round}`
  const known = eager.get(key) ?? compute(engine, test, round, true)
  eager.set(key, known)
  return known
}

/** Values and gradients from one compiled step. */
async function compiled(test: Case, round: number): Promise<Computed> {
  const it = drawn(test, round)
  const wanted = differentiated(test, it)
  const shapes = engine.tf.tidy(() =>
    results(it.op(engine.tf, ...it.inputs.map((given) => tensorOf(engine, given)))).map(({ shape, dtype }) => ({ shape, dtype })),
  )
  const dys = cotangents(test, round, shapes)
  const specs = [...it.inputs, ...dys].map(({ shape, dtype }, i): TensorSpec => ({ name: `input ${i}`, shape, dtype }))
  const step = engine.compile(test.name, specs, (...given: Tensor[]) => {
    const [inputs, backwards] = [given.slice(0, it.inputs.length), given.slice(it.inputs.length)]
    const outputs = results(it.op(engine.tf, ...inputs))
    return [...outputs, ...(wanted.length === 0 ? [] : gradients(engine, it, wanted, inputs, backwards))]
  })
  const inputs = [...it.inputs, ...dys].map((given) => tensorOf(engine, given))
  const made = await step.run(inputs)
  const values = await Promise.all(made.map((tensor) => engine.read(tensor)))
  engine.tf.dispose([...inputs, ...made])
  step.dispose()
  return { outputs: values.slice(0, shapes.length), gradients: values.slice(shapes.length) }
}

describe('the list of operations under test', () => {
  it('has every kernel that tfjs-node registers, tested or with the reason why not', () => {
    const registered = engine.tf.getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName)
    expect(registered).toHaveLength(155)
    expect([...new Set([...cases.flatMap(({ kernels }) => kernels), ...Object.keys(untested)])].sort()).toEqual(registered.sort())
    expect(cases.flatMap(({ kernels }) => kernels).filter((kernel) => kernel in untested)).toEqual([])
  })

  it('has every gradient of one that tfjs registers, tested or with the reason why not', () => {
    const registered = engine.tf.getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName)
    const withGradient = registered.filter((kernel) => engine.tf.getGradient(kernel) !== undefined)
    const looked = new Set(cases.filter(hasGradient).flatMap(({ kernels }) => kernels))
    expect(withGradient.filter((kernel) => !looked.has(kernel)).sort()).toEqual(Object.keys(undifferentiated).sort())
  })

  it('has each name once', () => {
    const names = cases.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })
})

describe('one by one and compiled, the same bits', () => {
  it.each(cases.filter(({ untraceable }) => untraceable === undefined))('$name', async (test) => {
    for (const round of everyRound) {
      ran.clear()
      const expected = compute(engine, test, round, true)
      expect([...ran]).toEqual(expect.arrayContaining([...test.kernels]))
      const got = await compiled(test, round)
      for (const part of ['outputs', 'gradients'] as const) {
        expect(got[part]).toHaveLength(expected[part].length)
        for (const [i, values] of expected[part].entries()) expect(got[part][i]!, `${part} ${i}, round ${round}`).toEqual(values)
      }
    }
  })

  it.each(cases.filter(({ untraceable }) => untraceable !== undefined))('$name is refused in a step', async (test) => {
    ran.clear()
    compute(engine, test, 0, true)
    expect([...ran]).toEqual(expect.arrayContaining([...test.kernels]))
    await expect(compiled(test, 0)).rejects.toThrow(/shape depends on values|value of a tensor/)
  })
})

describe('the gradient is the slope that finite differences show', () => {
  it.each(cases.filter(hasGradient))('$name', (test) => {
    for (const round of everyRound) {
      const it = drawn(test, round)
      const { outputs, gradients } = oneByOne(test, round)
      const dys = cotangents(
        test,
        round,
        outputs.map(({ length }) => ({ shape: [length], dtype: 'float32' })),
      )
      const weighted = (of: readonly ArrayLike<number>[]) => of.reduce((sum, values, i) => sum + dot(values, dys[i]!.values), 0)
      for (const [at, input] of differentiated(test, it).entries()) {
        const values = it.inputs[input]!.values
        const slopes = Float64Array.from(values, (value, i) => {
          const side = (by: number) => {
            values[i] = value + by
            const moved = engine.tf.tidy(() =>
              results(it.op(engine.tf, ...it.inputs.map((given) => tensorOf(engine, given)))).map((tensor) => tensor.dataSync()),
            )
            values[i] = value
            return weighted(moved)
          }
          return (side(stride) - side(-stride)) / (2 * stride)
        })
        expect(distance(slopes, gradients[at]!), `input ${input}, round ${round}`).toBeLessThan(test.slopeTolerance ?? 2e-3)
      }
    }
  })
})

describe('the portable engine computes the same, but for rounding', () => {
  it.each(cases)('$name', (test) => {
    for (const round of everyRound) {
      const line = portable.get(`${test.name} ${round}`)!
      if (test.notPortable !== undefined) {
        expect(line.refusal, 'a refusal').toBeDefined()
        continue
      }
      const expected = oneByOne(test, round)
      expect(line.refusal).toBeUndefined()
      compare(expected.outputs, line.outputs!, test, `round ${round}, value`)
      if (test.gradientNotPortable !== undefined) expect(line.gradientRefusal, 'a refusal').toMatch(/no gradient/)
      else {
        expect(line.gradientRefusal).toBeUndefined()
        compare(expected.gradients, line.gradients!, test, `round ${round}, gradient`)
      }
    }
  })
})

function compare(
  expected: readonly ArrayLike<number>[],
  got: readonly (readonly (number | string)[])[],
  { tolerance = 2e-6 }: Case,
  what: string,
) {
  expect(got).toHaveLength(expected.length)
  for (const [i, values] of expected.entries()) expect(distance(values, got[i]!.map(Number)), `${what} ${i}`).toBeLessThan(tolerance)
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
