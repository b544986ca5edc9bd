import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { locateTensorFlow } from '../../../../runtime/engine/locate.ts'
import type { EngineProblem } from '../../../../runtime/engine/problems.ts'
import { builtIn } from './digits-training.ts'
import { type NetworkName, networkNames, type Trained } from './networks.ts'
import { error } from './reference.ts'

const library = await locateTensorFlow().then(
  ({ directory }) => directory,
  ({ title }: EngineProblem) => console.log(`skipped: comparison with the native engine. ${title}`),
)

interface Results {
  readonly trained: Record<NetworkName, Trained>
  readonly curves: { readonly [network: string]: number[] }
}

/** A process has one engine. */
async function trainedOn(engine: 'portable' | 'tensorflow'): Promise<Results> {
  const script = fileURLToPath(new URL('parity-process.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, engine, library ?? ''], { maxBuffer: 2 ** 28 })
  return JSON.parse(stdout)
}

describe.skipIf(library === undefined)('training', () => {
  let portable: Results
  let native: Results
  beforeAll(async () => {
    portable = await trainedOn('portable')
    native = await trainedOn('tensorflow')
  })

  it.each(networkNames)('for a step gives the weights, momenta and running statistics of the native engine: %s', (name) => {
    const [expected, got] = [native.trained[name], portable.trained[name]]
    expect(error(expected.losses, got.losses)).toBeLessThan(1e-6)
    expect(got.variables).toHaveLength(expected.variables.length)
    for (const [i, values] of expected.variables.entries()) {
      // The gradient of a key's bias is zero but for rounding: it adds one number to all products of a query.
      const most = (all: readonly number[]) => all.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
      if (most(values) < 1e-6) expect(most(got.variables[i]!), `variable ${i}`).toBeLessThan(1e-6)
      else expect(error(values, got.variables[i]!), `variable ${i}`).toBeLessThan(1e-5)
    }
  })

  it.each(builtIn)('$name for ten steps has the losses of the native engine', ({ name }) => {
    expect(portable.curves[name]).toHaveLength(10)
    expect(error(native.curves[name]!, portable.curves[name]!)).toBeLessThan(1e-4)
  })
})
