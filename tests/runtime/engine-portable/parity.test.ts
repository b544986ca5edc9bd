import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type NetworkName, networkNames, type Trained } from './networks.ts'
import { error } from './reference.ts'

const library = process.env.ESPALIER_TENSORFLOW
if (library === undefined) console.log('skipped: one step as on the native engine, because ESPALIER_TENSORFLOW does not name its library')

/** A process has one engine. */
async function trainedOn(engine: 'portable' | 'tensorflow'): Promise<Record<NetworkName, Trained>> {
  const script = fileURLToPath(new URL('parity-process.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, engine, library ?? ''], { maxBuffer: 2 ** 28 })
  return JSON.parse(stdout)
}

describe.skipIf(library === undefined)('one training step', () => {
  it('gives the weights, momenta and running statistics of the native engine', async () => {
    const [portable, native] = [await trainedOn('portable'), await trainedOn('tensorflow')]
    for (const name of networkNames) {
      expect(error(native[name].losses, portable[name].losses), `loss of ${name}`).toBeLessThan(1e-6)
      expect(portable[name].variables).toHaveLength(native[name].variables.length)
      for (const [i, values] of native[name].variables.entries()) {
        expect(error(values, portable[name].variables[i]!), `variable ${i} of ${name}`).toBeLessThan(1e-5)
      }
    }
  })
})
